// The map: points by group, rings around the chosen song and those nearest to it.

const map = $("map");
const tip = $("tip");
const WEBGL = ["webgl2", "webgl"].some(kind => document.createElement("canvas").getContext(kind));
const KIND = WEBGL ? "scattergl" : "scatter";
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const FONT = () => ({ family: getComputedStyle(document.body).fontFamily, color: css("--ink"), size: 13 });
const CONFIG = { displayModeBar: false, scrollZoom: true, responsive: true, doubleClick: "reset" };
let drawn = Promise.resolve();

/** Draw the map anew, as `state` says; the view stays, unless the model is another. */
function drawMap() {
  const model = state.model;
  const [near, chosen] = ringed();
  const traces = [...pointTraces(model), ring(near, 13, 1.5), ring(chosen, 19, 2.5)];
  drawn = drawn.then(() => Plotly.react(map, traces, mapLayout(model), CONFIG));
  return drawn;
}

function pointTraces(model) {
  const feature = featureOf(model, state.colour);
  if (feature) return featureTraces(model, feature);
  return groupsOf(model, state.colour, state.theme).map(group => ({
    ...points(model, group.rows), visible: !state.hidden.has(group.key),
    marker: { color: group.mark.colour, symbol: group.mark.symbol, ...size(model), line: { width: 0 } },
  }));
}

function featureTraces(model, feature) {
  const rows = [...model.song.keys()];
  const known = rows.filter(row => feature.level[row]);
  const scale = SCALE[state.theme];
  const colorscale = scale.map((colour, i) => [i / (scale.length - 1), colour]);
  return [
    { ...points(model, rows.filter(row => !feature.level[row])), marker: { color: NONE[state.theme], ...size(model) } },
    { ...points(model, known), marker: { color: known.map(row => feature.level[row]), cmin: 1, cmax: 255, colorscale, ...size(model) } },
  ];
}

const points = (model, rows) => ({
  type: KIND, mode: "markers", hoverinfo: "none", customdata: rows,
  x: rows.map(row => model.x[row]), y: rows.map(row => model.y[row]),
  unselected: { marker: { opacity: 0.12 } },
});

const size = model => ({ size: Math.max(4, Math.min(10, 260 / Math.sqrt(model.song.length + 300))), opacity: 0.9 });

const ring = (place, size, width) => ({
  type: KIND, mode: "markers", hoverinfo: "skip", ...place, unselected: { marker: { opacity: 1 } },
  marker: { symbol: "circle-open", size, color: css("--ink"), line: { width, color: css("--ink") } },
});

function mapLayout(model) {
  const axis = { showgrid: false, zeroline: false, showticklabels: false, ticks: "", fixedrange: false };
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: FONT(), showlegend: false, autosize: true,
    margin: { l: 8, r: 8, t: 8, b: 8 }, hovermode: "closest", hoverdistance: 14, dragmode: state.tool,
    xaxis: { ...axis }, yaxis: { ...axis, scaleanchor: "x" }, uirevision: model.name, selectionrevision: model.name,
    newselection: { line: { color: css("--accent"), width: 1.5 } }, annotations: numbers(model),
  };
}

/** The number of each cluster at the middle of its songs. */
function numbers(model) {
  if (!model.clusters[state.colour]) return [];
  const groups = groupsOf(model, state.colour, state.theme).filter(group => group.number !== undefined && !state.hidden.has(group.key));
  return groups.length > 40 ? [] : groups.map(({ number, rows }) => ({
    x: median(rows.map(row => model.x[row])), y: median(rows.map(row => model.y[row])), text: `<b>${number}</b>`, showarrow: false,
    bgcolor: css("--surface"), opacity: 0.85, borderpad: 2, font: { size: 13, color: css("--ink") }, captureevents: false,
  }));
}

const median = values => values.sort((a, b) => a - b)[values.length >> 1];

/** Where the songs nearest to the chosen one are, and where it is itself. */
function ringed() {
  const { model, song } = state;
  const row = song === null ? undefined : model.row.get(song);
  const sets = row === undefined ? [[], []] : [nearestTo(model, row), [row]];
  return sets.map(rows => ({ x: rows.map(each => model.x[each]), y: rows.map(each => model.y[each]) }));
}

/** Move the rings to the song that is chosen now. */
function markSong() {
  if (!map.data) return;
  const places = ringed();
  const last = map.data.length;
  Plotly.restyle(map, { x: places.map(place => place.x), y: places.map(place => place.y) }, [last - 2, last - 1]);
}

function showTip(event, song) {
  tip.replaceChildren(...[
    said("strong", songs.title[song]), songs.artist[song] ? said("span", songs.artist[song]) : null,
    songs.lines[song] ? said("em", songs.lines[song], { className: "lines" }) : null,
  ].filter(Boolean));
  tip.hidden = false;
  const frame = $("frame").getBoundingClientRect();
  const x = event.clientX - frame.left, y = event.clientY - frame.top;
  tip.style.left = `${x + 16 + tip.offsetWidth > frame.width ? Math.max(4, x - 16 - tip.offsetWidth) : x + 16}px`;
  tip.style.top = `${Math.max(4, Math.min(y + 12, frame.height - tip.offsetHeight - 4))}px`;
}

/** The nearest song of the view in the direction of an arrow key; rows whose group is hidden do not count. */
function towards(dx, dy) {
  const { model, song } = state;
  const visible = map.data.filter(trace => trace.customdata && trace.visible !== false).flatMap(trace => trace.customdata);
  const here = song === null ? undefined : model.row.get(song);
  if (here === undefined) return visible[0];
  let best, least = Infinity;
  for (const row of visible) {
    const x = model.x[row] - model.x[here], y = model.y[row] - model.y[here];
    const along = x * dx + y * dy, aside = Math.abs(x * dy - y * dx);
    const cost = along + 2 * aside;
    if (row !== here && along > 0 && along >= aside / 2 && cost < least) [best, least] = [row, cost];
  }
  return best;
}

function zoom(factor) {
  const view = map._fullLayout;
  const range = axis => {
    const [low, high] = view[axis].range, middle = (low + high) / 2, half = (high - low) / 2 * factor;
    return [middle - half, middle + half];
  };
  Plotly.relayout(map, { "xaxis.range": range("xaxis"), "yaxis.range": range("yaxis") });
}

function letGo() {
  if (!map.data) return;
  if (map.layout.selections && map.layout.selections.length || map.data.some(trace => trace.selectedpoints)) {
    Plotly.update(map, { selectedpoints: [null] }, { selections: [] });
  }
  choose(null);
}

function tools() {
  const modes = [["pan", "Move"], ["zoom", "Zoom"], ["lasso", "Lasso"]].map(([mode, label]) => {
    const button = el("button", { type: "button", id: `tool-${mode}`, "aria-pressed": String(mode === state.tool) }, label);
    button.addEventListener("click", () => {
      state.tool = mode;
      modes.forEach(other => other.setAttribute("aria-pressed", String(other === button)));
      Plotly.relayout(map, { dragmode: mode });
    });
    return button;
  });
  const acts = [["−", "Zoom out", () => zoom(1.4)], ["+", "Zoom in", () => zoom(1 / 1.4)],
    ["⤢", "Show all", () => Plotly.relayout(map, { "xaxis.autorange": true, "yaxis.autorange": true })]];
  const buttons = acts.map(([text, label, act]) => {
    const button = el("button", { type: "button", "aria-label": label, title: label }, text);
    button.addEventListener("click", act);
    return button;
  });
  document.querySelector(".tools").replaceChildren(...modes, ...buttons);
}

function listenToMap() {
  const rowOf = event => event.points && event.points.length ? event.points[0].customdata : undefined;
  map.on("plotly_hover", event => { const row = rowOf(event); if (row !== undefined) showTip(event.event, state.model.song[row]); });
  map.on("plotly_unhover", () => { tip.hidden = true; });
  map.on("plotly_click", event => { const row = rowOf(event); if (row !== undefined) choose(state.model.song[row], true); });
  map.on("plotly_selected", event => {
    if (event) showSelection(event.points.map(point => point.customdata).filter(row => row !== undefined));
  });
  map.on("plotly_deselect", () => choose(state.song));
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  map.addEventListener("keydown", event => {
    if (arrows[event.key]) {
      event.preventDefault();
      const row = towards(...arrows[event.key]);
      if (row !== undefined) choose(state.model.song[row]);
    } else if ((event.key === "Enter" || event.key === " ") && state.song !== null) {
      event.preventDefault();
      choose(state.song, true);
    }
  });
}
