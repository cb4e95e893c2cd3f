// Training curves: one small chart per model that was trained.

function drawTraining() {
  const curves = Object.entries(part("training"));
  document.querySelectorAll(".curve").forEach(place => Plotly.purge(place));
  const figures = curves.map(([name, curve]) => {
    const best = bestEpoch(curve);
    return el("figure", {}, el("figcaption", {}, `${name} `, best < 0 ? null : el("span", {}, `best at epoch ${curve.epoch[best]}`)),
      el("div", { className: "curve", id: `curve-${name}` }));
  });
  fill("view-training",
    el("h2", {}, "Training"),
    el("p", { className: "soft" }, curves.length
      ? "Loss against epoch, in nats per track. The dot is the best validation loss, which counts after the warm-up."
      : "No model of this run is trained."),
    el("div", { className: "controls" }, ...lineKey()),
    el("div", { className: "curves" }, figures));
  curves.forEach(([name, curve]) => drawCurve($(`curve-${name}`), curve));
}

const LINES = [["train", 0, "dot"], ["validation", 3, "solid"], ["kl", 2, "dash"]];

function lineKey() {
  const names = { train: "training (dotted)", validation: "validation", kl: "KL term (dashed)" };
  return LINES.map(([name, colour]) => el("span", { className: "field" },
    swatch({ symbol: "square", colour: PALETTE[state.theme][colour] }), names[name]));
}

function bestEpoch(curve) {
  let best = -1;
  curve.validation.forEach((loss, i) => {
    if (loss !== null && curve.epoch[i] > about.warmup && (best < 0 || loss < curve.validation[best])) best = i;
  });
  return best;
}

function drawCurve(place, curve) {
  const lines = LINES.filter(([name]) => curve[name] && curve[name].some(value => value)).map(([name, colour, dash]) => ({
    type: "scatter", mode: "lines", x: curve.epoch, y: curve[name], line: { color: PALETTE[state.theme][colour], width: 2, dash }, hoverinfo: "none",
  }));
  const best = bestEpoch(curve);
  const dot = {
    type: "scatter", mode: "markers", x: [curve.epoch[best]], y: [curve.validation[best]], hoverinfo: "none",
    marker: { size: 9, color: PALETTE[state.theme][3] },
  };
  const axis = {
    gridcolor: css("--line"), zeroline: false, fixedrange: true, nticks: 5, automargin: true,
    tickfont: { size: 11, color: css("--soft") },
  };
  Plotly.react(place, best < 0 ? lines : [...lines, dot], {
    ...bareLayout(), showlegend: false, dragmode: false, margin: { l: 30, r: 6, t: 8, b: 22 }, xaxis: axis, yaxis: { ...axis, rangemode: "tozero" },
  }, { displayModeBar: false, responsive: true });
}
