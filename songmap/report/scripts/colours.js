// What the points are coloured by, and how each group looks.

// Okabe and Ito, Color Universal Design (2008), without the colour that the ground swallows.
const PALETTE = {
  light: ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#3a3a3a"],
  dark: ["#56b4e9", "#e69f00", "#00a87c", "#d9631e", "#f0e442", "#cc79a7", "#e4e7ea"],
};
const SYMBOLS = ["circle", "triangle-up", "square", "diamond", "cross"];
const REST = { light: "#a5abb2", dark: "#6b747e" };
const NONE = { light: "#cdd2d8", dark: "#444d57" };
// Cividis of Nuñez, Anderton and Renslow (2018), without its end that is like the ground.
const SCALE = {
  light: ["#00224e", "#1a386f", "#434e6c", "#61656f", "#7d7c78", "#9b9476", "#bcae6c", "#dec958"],
  dark: ["#31446b", "#4f576c", "#666970", "#7d7c78", "#958f78", "#afa370", "#cbba69", "#fee838"],
};
const SHOWN = 15;

const mark = (i, theme) => ({
  colour: PALETTE[theme][i % 7], symbol: SYMBOLS[Math.floor(i / 7) % SYMBOLS.length],
});

/** The groups of a colouring: key, label, mark and rows of each; those without a value come last. */
function groupsOf(model, colour, theme) {
  return model.clusters[colour] ? clusterGroups(model, colour, theme) : labelGroups(model, colour, theme);
}

function clusterGroups(model, colour, theme) {
  const rows = gather(unpack(model.clusters[colour]));
  const numbers = [...rows.keys()].filter(number => number >= 0).sort((a, b) => a - b);
  const groups = numbers.map((number, i) => ({
    key: String(number), rows: rows.get(number), mark: mark(i, theme), number,
    label: colour === "cluster" ? clusterName(model, number) : `cluster ${number}`,
  }));
  return rows.has(-1) ? [...groups, none("noise", rows.get(-1), theme, "x")] : groups;
}

function labelGroups(model, colour, theme) {
  const { names, codes } = songs.labels[colour];
  const all = unpack(codes);
  const rows = gather(Array.from(model.song, song => all[song]));
  const ranked = [...rows.keys()].filter(code => code > 0).sort((a, b) => a - b);
  const shown = new Set(ranked.filter(code => code <= SHOWN));
  const groups = [...shown].map(code => ({
    key: String(code), label: names[code - 1], rows: rows.get(code), mark: mark(code - 1, theme),
  }));
  const rest = ranked.filter(code => !shown.has(code));
  if (rest.length) {
    const together = rest.flatMap(code => rows.get(code));
    groups.push({ key: "rest", label: `${rest.length} others`, rows: together, mark: { colour: REST[theme], symbol: "circle" } });
  }
  return rows.has(0) ? [...groups, none("unlabelled", rows.get(0), theme, "circle")] : groups;
}

const none = (label, rows, theme, symbol) => ({ key: "none", label, rows, mark: { colour: NONE[theme], symbol } });

function gather(codes) {
  const rows = new Map();
  codes.forEach((code, row) => (rows.has(code) ? rows.get(code).push(row) : rows.set(code, [row])));
  return rows;
}

/** A feature's levels in the order of the model's songs, and its range; null where `colour` names no feature. */
function featureOf(model, colour) {
  if (!colour.startsWith("feature:")) return null;
  const feature = part("features")[Number(colour.slice(8))];
  const levels = unpack(feature.levels);
  return { ...feature, level: Array.from(model.song, song => levels[song]) };
}
