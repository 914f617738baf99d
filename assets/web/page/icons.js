/** The desktop client's icons (render/icons.c) as drawings, from -1 to 1 each way. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * What is drawn: elements and attributes; `line` is a stroke's width.
 * @typedef {[string, Record<string, any>][]} Shapes
 */

/** @type {Shapes} a handset lying face down: a bow with an ear piece at each end */
const HANDSET = [
    ["path", { d: "M-.66-.02A.92 .92 0 0 1 .66-.02", line: 0.34 }],
    ["rect", { x: -0.24, y: -0.24, width: 0.48, height: 0.48, rx: 0.09, transform: "translate(.68 .1)rotate(20)" }],
    ["rect", { x: -0.24, y: -0.24, width: 0.48, height: 0.48, rx: 0.09, transform: "translate(-.68 .1)rotate(-20)" }],
];

/** @type {Record<string, {transform?: string, shapes: Shapes}>} */
const ICONS = {
    call: { transform: "rotate(-135)translate(0 .05)", shapes: HANDSET },
    "hang-up": { transform: "translate(0 .12)", shapes: HANDSET },
    person: {
        shapes: [
            ["circle", { cy: -0.38, r: 0.36 }],
            ["path", { d: "M-.68 .82A.68 .65 0 0 1 .68 .82Z" }],
        ],
    },
    microphone: {
        shapes: [
            ["rect", { x: -0.27, y: -0.85, width: 0.54, height: 1.1, rx: 0.27 }],
            ["path", { d: "M-.52-.05A.52 .52 0 0 0 .52-.05", line: 0.16 }],
            ["path", { d: "M0 .47V.8M-.3 .84H.3", line: 0.16, round: true }],
        ],
    },
    camera: {
        shapes: [
            ["rect", { x: -0.84, y: -0.46, width: 1.24, height: 0.92, rx: 0.14 }],
            ["path", { d: "M.5-.19L.9-.39V.39L.5 .19Z" }],
        ],
    },
    "switch-camera": {
        shapes: [
            ["path", { d: "M-.66-.2A.68 .68 0 0 1 .62-.28M.66 .2A.68 .68 0 0 1-.62 .28", line: 0.2 }],
            ["path", { d: "M.86-.62V-.08H.34ZM-.86 .62V.08H-.34Z" }],
        ],
    },
    volume: {
        shapes: [
            ["path", { d: "M-.86-.28H-.5L-.08-.62V.62L-.5 .28H-.86Z" }],
            ["path", { d: "M.15-.38A.52 .52 0 0 1 .15 .38M.4-.64A.88 .88 0 0 1 .4 .64", line: 0.15 }],
        ],
    },
    search: {
        shapes: [
            ["circle", { cx: -0.18, cy: -0.18, r: 0.5, line: 0.2 }],
            ["path", { d: "M.22 .22L.7 .7", line: 0.22, round: true }],
        ],
    },
    next: { shapes: [["path", { d: "M-.25-.62L.37 0L-.25 .62", line: 0.26, round: true }]] },
    previous: { shapes: [["path", { d: "M.25-.62L-.37 0L.25 .62", line: 0.26, round: true }]] },
    broadcast: {
        shapes: [
            ["circle", { r: 0.3 }],
            ["path", { d: "M.45-.45A.64 .64 0 0 1 .45 .45M-.45-.45A.64 .64 0 0 0-.45 .45", line: 0.17 }],
            ["path", { d: "M.67-.67A.95 .95 0 0 1 .67 .67M-.67-.67A.95 .95 0 0 0-.67 .67", line: 0.17 }],
        ],
    },
    screen: {
        shapes: [
            ["rect", { x: -0.85, y: -0.66, width: 1.7, height: 1.08, rx: 0.12, line: 0.17 }],
            ["path", { d: "M-.4 .74H.4M0 .5V.7", line: 0.17, round: true }],
        ],
    },
    fullscreen: {
        shapes: [
            [
                "path",
                { d: "M-.72-.3V-.72H-.3M.3-.72H.72V-.3M.72 .3V.72H.3M-.3 .72H-.72V.3", line: 0.18, round: true },
            ],
        ],
    },
    pip: {
        shapes: [
            ["rect", { x: -0.85, y: -0.64, width: 1.7, height: 1.28, rx: 0.12, line: 0.17 }],
            ["rect", { x: 0.02, y: 0.02, width: 0.62, height: 0.42, rx: 0.06 }],
        ],
    },
    settings: {
        shapes: [
            ["path", { d: "M-.75-.45H.75M-.75 .45H.75", line: 0.16, round: true }],
            ["circle", { cx: 0.28, cy: -0.45, r: 0.24 }],
            ["circle", { cx: -0.28, cy: 0.45, r: 0.24 }],
        ],
    },
    share: {
        shapes: [
            ["path", { d: "M-.5 0L.5-.5M-.5 0L.5 .5", line: 0.15 }],
            ["circle", { cx: -0.52, r: 0.26 }],
            ["circle", { cx: 0.52, cy: -0.52, r: 0.26 }],
            ["circle", { cx: 0.52, cy: 0.52, r: 0.26 }],
        ],
    },
    close: { shapes: [["path", { d: "M-.55-.55L.55 .55M.55-.55L-.55 .55", line: 0.2, round: true }]] },
    strike: { shapes: [["path", { d: "M-.72-.72L.72 .72", line: 0.18, round: true }]] },
};

/** @param {string} name @param {Record<string, any>} attributes */
function element(name, { line, round, ...attributes }) {
    const made = document.createElementNS(SVG, name);
    const drawn = line
        ? {
              fill: "none",
              stroke: "currentColor",
              "stroke-width": line,
              "stroke-linecap": round ? "round" : "butt",
              "stroke-linejoin": "round",
          }
        : { fill: "currentColor" };
    for (const [key, value] of Object.entries({ ...drawn, ...attributes })) made.setAttribute(key, String(value));
    return made;
}

/** @param {string} name @param {boolean} struck with a line through it */
export function icon(name, struck = false) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "-1 -1 2 2");
    svg.setAttribute("aria-hidden", "true");
    for (const one of [name, ...(struck ? ["strike"] : [])]) {
        const group = element("g", ICONS[one].transform ? { transform: ICONS[one].transform } : {});
        group.append(...ICONS[one].shapes.map(([shape, attributes]) => element(shape, attributes)));
        svg.append(group);
    }
    return svg;
}
