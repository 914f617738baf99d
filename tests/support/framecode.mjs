/**
 * The numbers in pictures (engine/statistics/framecode.h), for tests in JavaScript. One function, so that its source
 * text can be handed over to a page.
 */
export function frameCode() {
    const FINDER = "BBBWBW................WBWBB";

    const crc8 = value => {
        let crc = 0xff;
        for (const shift of [16, 8, 0]) {
            crc ^= value >> shift & 255;
            for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? (crc << 1 ^ 0x07) & 255 : crc << 1;
        }
        return crc;
    };

    return {
        /** Calls fill(x, y, width, height, isBlack) for all that is drawn, in its order. */
        draw(source, number, width, height, fill) {
            const value = source << 20 | number, word = (value * 256 + crc8(value)) >>> 0, cell = width / 116;
            for (const centre of [0.35, 0.65]) {
                const x = cell / 2, y = height * centre - 2.5 * cell;
                fill(x, y, 29 * cell, 5 * cell, false);
                for (let i = 0; i < 27; i++)
                    for (let row = 0; row < 2; row++)
                        if (FINDER[i] === "." ? word >>> (31 - row * 16 - (i - 6)) & 1 : FINDER[i] === "B")
                            fill(x + (i + 1) * cell, y + (0.5 + 2 * row) * cell, cell, 2 * cell, true);
            }
        },
        /** What the upper code says, by isDark(x, y) of whole pixels; null: there is none. */
        read(width, height, isDark) {
            const cell = width / 116;
            let word = 0;
            for (let row = 0; row < 2; row++)
                for (let i = 0; i < 27; i++) {
                    const dark = isDark(Math.round((i + 2) * cell), Math.round(height * 0.35 + (2 * row - 1) * cell));
                    if (FINDER[i] === ".") word = (word * 2 + (dark ? 1 : 0)) >>> 0;
                    else if (dark !== (FINDER[i] === "B")) return null;
                }
            return crc8(word >>> 8) === (word & 255) ? { source: word >>> 28, number: word >>> 8 & 0xfffff } : null;
        },
    };
}
