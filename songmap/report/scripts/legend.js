// The legend: a switch for each group, or the scale of a feature.

function drawLegend() {
  const feature = featureOf(state.model, state.colour);
  if (feature) {
    const bar = el("i", {});
    bar.style.background = `linear-gradient(to right, ${SCALE[state.theme].join(", ")})`;
    fill("legend", el("div", { className: "scale" }, said("strong", feature.name),
      `≤ ${short(feature.low)}`, bar, `≥ ${short(feature.high)}`));
    return;
  }
  fill("legend", groupsOf(state.model, state.colour, state.theme).map(legendButton));
}

function legendButton(group) {
  const shown = !state.hidden.has(group.key);
  const button = el("button", { type: "button", "aria-pressed": String(shown), title: shown ? "Hide" : "Show" },
    swatch(group.mark), said("span", group.label), el("span", { className: "soft" }, String(group.rows.length)));
  button.dataset.key = group.key;
  button.addEventListener("click", () => {
    if (!state.hidden.delete(group.key)) state.hidden.add(group.key);
    drawMap();
    drawLegend();
    const again = document.querySelector(`#legend button[data-key="${group.key}"]`);
    if (again) again.focus();
  });
  return button;
}

/** Show one cluster alone. */
function isolate(cluster) {
  recolour("cluster");
  groupsOf(state.model, "cluster", state.theme).forEach(group => { if (group.number !== cluster) state.hidden.add(group.key); });
  drawMap();
  drawLegend();
}

function recolour(colour) {
  state.colour = colour;
  state.hidden.clear();
  $("colour").value = colour;
}

/** What the current model can be coloured by. */
function colourings() {
  const group = (label, entries) => entries.length
    ? el("optgroup", { label }, entries.map(([value, text]) => el("option", { value }, text))) : null;
  const algorithms = Object.keys(state.model.clusters).filter(name => name !== "cluster");
  fill("colour",
    group("Clusters", [["cluster", "cluster (k-means)"], ...algorithms.map(name => [name, name.replaceAll("_", " ")])]),
    group("Labels", Object.keys(songs.labels).map(name => [name, name])),
    group("Features", about.features.map((name, i) => [`feature:${i}`, name])));
  const known = [...$("colour").options].some(option => option.value === state.colour);
  $("colour").value = state.colour = known ? state.colour : "cluster";
}
