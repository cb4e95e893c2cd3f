// Start: the first model is drawn, all else when it is asked for.

const TABS = { map: null, clusters: drawClusters, comparison: drawComparison, training: drawTraining, run: drawRun };
const tabs = Object.keys(TABS).map(name => $(`tab-${name}`));

function openTab(name) {
  for (const tab of tabs) {
    const chosen = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    $(tab.getAttribute("aria-controls")).hidden = !chosen;
  }
  if (TABS[name]) TABS[name]();
  else if (map.data) Plotly.Plots.resize(map);
}

const openName = () => tabs.find(tab => tab.getAttribute("aria-selected") === "true").id.slice(4);

function listenToTabs() {
  tabs.forEach((tab, i) => {
    tab.addEventListener("click", () => openTab(tab.id.slice(4)));
    tab.addEventListener("keydown", event => {
      const step = { ArrowRight: 1, ArrowLeft: tabs.length - 1 }[event.key];
      if (step) {
        tabs[(i + step) % tabs.length].focus();
        openTab(tabs[(i + step) % tabs.length].id.slice(4));
      }
    });
  });
}

function openModel(name) {
  state.model = modelOf(name);
  state.hidden.clear();
  colourings();
  drawLegend();
  const selected = drawMap();
  if (state.song !== null) showSong(state.song);
  else showHint();
  if (openName() !== "map") openTab(openName());
  return selected;
}

function dress(theme) {
  state.theme = theme;
  document.documentElement.dataset.theme = theme;
  $("theme").textContent = theme === "dark" ? "☀" : "☾";
  if (!state.model) return;
  drawLegend();
  drawMap();
  if (openName() !== "map") openTab(openName());
}

function start() {
  document.documentElement.dataset.started = Math.round(performance.now());
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dress(dark.matches ? "dark" : "light");
  dark.addEventListener("change", () => dress(dark.matches ? "dark" : "light"));
  $("theme").addEventListener("click", () => dress(state.theme === "dark" ? "light" : "dark"));
  $("summary").textContent = `${songs.title.length.toLocaleString("en")} songs, ${about.models.length} models`;
  fill("model", about.models.map(({ name, marks }) => el("option", { value: name }, marks ? `${name} (${marks})` : name)));
  $("model").addEventListener("change", () => openModel($("model").value));
  $("colour").addEventListener("change", () => { recolour($("colour").value); drawMap(); drawLegend(); });
  listenToTabs();
  listenToSearch();
  tools();
  document.addEventListener("keydown", event => {
    if (event.key === "Escape" && state.model) letGo();
    if (event.key === "/" && !/^(INPUT|SELECT)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      openTab("map");
      box.focus();
    }
  });
  openTab("map");
  if (!about.models.length) {
    openTab("run");
    return;
  }
  openModel(about.models[0].name).then(() => {
    listenToMap();
    requestAnimationFrame(() => requestAnimationFrame(() => {
      document.documentElement.dataset.drawn = Math.round(performance.now()); // ms after the navigation started
    }));
  });
}

start();
