/** What the page uses of qrcode.js. `typeNumber` 0: as large as the data needs. */
export function qrcode(typeNumber: number, errorCorrectionLevel: "L" | "M" | "Q" | "H"): {
    addData(text: string): void;
    make(): void;
    getModuleCount(): number;
    isDark(row: number, column: number): boolean;
};
