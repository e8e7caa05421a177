// Makes SVG elements; whatever is said in them comes as text and never as markup.
// @ts-check

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {(Node | string)[]} children
 * @returns {SVGElement}
 */
export function shape(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, `${value}`);
  made.append(...children);
  return made;
}

/**
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {string} className
 */
export function words(text, x, y, className) {
  return shape("text", { x, y, class: className }, text);
}

/** A line with rounded corners. @param {[number, number][]} points @param {number} radius */
export function path(points, radius = 5) {
  const [first, ...rest] = points;
  if (!first) return "";
  let line = `M${first[0]} ${first[1]}`;
  rest.forEach(([x, y], at) => {
    const next = rest[at + 1];
    const [fromX, fromY] = points[at] ?? [x, y];
    if (!next) {
      line += `L${x} ${y}`;
      return;
    }
    const before = towards([x, y], [fromX, fromY], radius);
    const after = towards([x, y], next, radius);
    line += `L${before[0]} ${before[1]}Q${x} ${y} ${after[0]} ${after[1]}`;
  });
  return line;
}

/** @param {[number, number]} from @param {[number, number]} to @param {number} most */
function towards([x, y], [toX, toY], most) {
  const length = Math.hypot(toX - x, toY - y) || 1;
  const share = Math.min(most, length / 2) / length;
  return [Math.round((x + (toX - x) * share) * 10) / 10, Math.round((y + (toY - y) * share) * 10) / 10];
}
