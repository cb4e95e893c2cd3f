// The data of the page, each part decoded when it is first asked for.

const ARRAYS = { Int16Array, Uint8Array, Uint16Array, Uint32Array, Float32Array };
const kept = new Map();

function part(id) {
  if (!kept.has(id)) kept.set(id, JSON.parse($(id).textContent));
  return kept.get(id);
}

/** A typed array from its type and base64. */
function unpack(packed) {
  const binary = atob(packed.data);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return new ARRAYS[packed.type](bytes.buffer);
}

const about = part("about");
const songs = part("songs");
const models = new Map();

/** Arrays of one model, in the order of its songs; `row` leads from a song of the catalogue to its place here. */
function modelOf(name) {
  if (!models.has(name)) {
    const raw = part(`model-${name}`);
    const song = unpack(raw.song);
    models.set(name, {
      name, song, cards: raw.cards, clusters: raw.clusters,
      x: unpack(raw.x), y: unpack(raw.y), confidence: unpack(raw.confidence), nearest: unpack(raw.nearest),
      row: new Map(Array.from(song, (index, row) => [index, row])),
    });
  }
  return models.get(name);
}

/** The songs nearest to a row, as rows, the nearest first. */
function nearestTo(model, row) {
  const k = model.nearest.length / model.song.length;
  return Array.from(model.nearest.subarray(row * k, row * k + k));
}

/** Where the sound of a song lies, as seen from this page; "" where it has none. */
function soundOf(song) {
  const path = songs.path[song];
  return path && songs.base + path.split("/").map(encodeURIComponent).join("/");
}

const cardOf = (model, cluster) => model.cards.find(card => card.cluster === cluster);
const clusterName = (model, cluster) => {
  const name = cluster < 0 ? "noise" : (cardOf(model, cluster) || {}).name;
  return cluster < 0 || !name ? name || `cluster ${cluster}` : `${cluster} · ${name}`;
};

const state = { model: null, colour: "cluster", song: null, hidden: new Set(), tool: "pan", theme: "light" };
