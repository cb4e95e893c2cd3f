// Elements. Text reaches the page here, and only as text.

const $ = id => document.getElementById(id);

/** An element with properties and children; strings become text nodes, null is left out. */
function el(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-") || key === "role" || key === "for") made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined));
  return made;
}

/** An element around text from outside, whose direction follows the text. */
const said = (name, text, properties = {}) => el(name, { dir: "auto", ...properties }, String(text));

const fill = (id, ...children) => $(id).replaceChildren(...children.flat().filter(child => child !== null));

const SHAPES = {
  circle: "M6 1a5 5 0 1 0 .01 0z",
  diamond: "M6 0L12 6L6 12L0 6z",
  square: "M1.5 1.5H10.5V10.5H1.5z",
  "triangle-up": "M6 .5L12 11H0z",
  cross: "M4 .5H8V4H11.5V8H8V11.5H4V8H.5V4H4z",
  x: "M2.5 .5L6 4L9.5 .5L11.5 2.5L8 6L11.5 9.5L9.5 11.5L6 8L2.5 11.5L.5 9.5L4 6L.5 2.5z",
};

/** A mark as the map draws it. */
function swatch(mark) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  for (const [key, value] of [["width", 12], ["height", 12], ["viewBox", "0 0 12 12"], ["aria-hidden", "true"]]) {
    svg.setAttribute(key, value);
  }
  path.setAttribute("d", SHAPES[mark.symbol]);
  path.setAttribute("fill", mark.colour);
  svg.append(path);
  return svg;
}

/** A number short enough to read. */
const short = value => (Math.abs(value) >= 1000 || value === 0 ? String(Math.round(value)) : String(+value.toPrecision(3)));
