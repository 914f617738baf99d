/** QR codes (ISO/IEC 18004) as drawings. */
import { qrcode } from "../vendor/qrcode.js";

const SVG = "http://www.w3.org/2000/svg",
    QUIET = 4;

/** @param {string} text */
export function qrCode(text) {
    const code = qrcode(0, "M");
    code.addData(text);
    code.make();
    const modules = code.getModuleCount(),
        size = modules + 2 * QUIET;
    const dark = [];
    for (let row = 0; row < modules; row++)
        for (let column = 0; column < modules; column++)
            if (code.isDark(row, column)) dark.push(`M${column + QUIET} ${row + QUIET}h1v1h-1z`);
    const svg = document.createElementNS(SVG, "svg"),
        path = document.createElementNS(SVG, "path");
    svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
    svg.setAttribute("shape-rendering", "crispEdges");
    path.setAttribute("d", dark.join(""));
    svg.append(path);
    return svg;
}
