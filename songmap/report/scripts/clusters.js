// Cluster cards: name, size, the songs that stand for it, its words, and how it differs from the catalogue.

function drawClusters() {
  const model = state.model;
  fill("view-clusters",
    el("h2", {}, `Clusters of ${model.name}`),
    el("p", { className: "soft" }, `k-means in its latents, ${model.song.length} songs. `,
      `Sound says by how many standard deviations the cluster differs from the catalogue.`),
    el("div", { className: "cards" }, model.cards.map(card => clusterCard(model, card))));
}

function clusterCard(model, card) {
  const show = el("button", { type: "button", className: "plain" }, "Show on the map");
  show.addEventListener("click", () => { openTab("map"); isolate(card.cluster); });
  const look = mark(model.cards.indexOf(card), state.theme);
  return el("article", { className: "card" },
    el("div", { className: "head" }, swatch(look), said("h2", clusterName(model, card.cluster)),
      el("span", { className: "soft" }, `${card.size} songs`)),
    card.medoids.length ? [el("h3", {}, "Most typical"), el("ol", { className: "list" }, card.medoids.slice(0, 3).map(songButton))] : null,
    card.profile.length ? [el("h3", {}, "Sound"), profile(card.profile)] : null,
    card.words.map(([language, words]) => [
      said("h3", `Words (${language || "unknown language"})`), el("div", { className: "chips" }, words.map(word => said("span", word)))]),
    card.labels.map(([label, shares]) => [said("h3", label), composition(shares)]),
    show);
}

const signed = z => (Math.abs(z) < 0.05 ? "0.0" : `${z > 0 ? "+" : "−"}${Math.abs(z).toFixed(1)}`);

function profile(entries) {
  const widest = Math.max(1, ...entries.map(([, z]) => Math.abs(z)));
  return el("div", { className: "bars" }, entries.flatMap(([name, z]) => {
    const fill = el("i", {});
    fill.style.width = `${Math.abs(z) / widest * 50}%`;
    fill.style[z < 0 ? "right" : "left"] = "50%";
    return [said("span", name), el("div", { className: "track middle" }, fill), el("span", {}, signed(z))];
  }));
}

function composition(shares) {
  return el("div", { className: "bars" }, shares.flatMap(([name, share]) => {
    const fill = el("i", {});
    fill.style.width = `${100 * share}%`;
    fill.style.left = "0";
    return [said("span", name), el("div", { className: "track" }, fill), el("span", {}, `${Math.round(100 * share)} %`)];
  }));
}
