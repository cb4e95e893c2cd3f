// The panel of one song: its player, what is known of it, and the songs nearest to it.

const player = el("audio", { controls: true, preload: "none", id: "player" });
const trouble = el("p", { className: "warn", id: "trouble", hidden: true });
player.addEventListener("error", () => {
  if (!player.getAttribute("src")) return;
  trouble.hidden = false;
  trouble.textContent = `Cannot be played: ${decodeURIComponent(player.getAttribute("src"))} is absent, or of a format that this browser lacks.`;
});

/** A button for a song, which chooses and plays it, on the map. */
function songButton(song) {
  const button = el("button", { type: "button", className: "row" }, said("span", songs.title[song]), said("small", songs.artist[song]));
  button.addEventListener("click", () => {
    if (openName() !== "map") openTab("map");
    choose(song, true);
  });
  return el("li", {}, button);
}

/** Show a song and, where `play` says so, start it; null lets go of the one that is shown. */
function choose(song, play = false) {
  if (!state.model) return;
  state.song = song;
  trouble.hidden = true;
  if (song === null) stop();
  else showSong(song);
  markSong();
  if (song !== null && soundOf(song)) load(soundOf(song), play);
}

function load(url, play) {
  if (player.getAttribute("src") !== url) player.setAttribute("src", url);
  if (play) player.play().catch(() => {}); // the player's error event says what is wrong
}

function stop() {
  player.pause();
  player.removeAttribute("src");
  player.load();
  showHint();
}

function showSong(song) {
  const model = state.model;
  const row = model.row.get(song);
  const close = el("button", { type: "button", className: "close", "aria-label": "Let go of the song" }, "×");
  close.addEventListener("click", () => choose(null));
  if (!soundOf(song)) {
    player.pause();
    player.removeAttribute("src");
    trouble.textContent = "This catalogue has no sound file for the song.";
    trouble.hidden = false;
  }
  fill("song",
    el("div", { className: "head" }, said("h2", songs.title[song]), close),
    songs.artist[song] ? said("p", songs.artist[song], { className: "soft" }) : null,
    soundOf(song) ? player : null, trouble,
    facts(model, song, row),
    songs.lines[song] ? said("div", songs.lines[song], { className: "lines" }) : null,
    row === undefined ? el("p", { className: "soft" }, `${model.name} has no latents of this song.`) : null,
    row === undefined ? null : el("h3", {}, `Nearest in ${model.name}`),
    row === undefined ? null : el("ol", { className: "list", id: "nearest" }, nearestTo(model, row).map(near => songButton(model.song[near]))),
  );
}

function facts(model, song, row) {
  const list = el("dl", { className: "facts" });
  const add = (name, value) => list.append(said("dt", name), said("dd", value));
  for (const [name, { names, codes }] of Object.entries(songs.labels)) {
    const code = unpack(codes)[song];
    if (code && name !== "artist" && names[code - 1] !== songs.title[song]) add(name, names[code - 1]);
  }
  if (row !== undefined) {
    const cluster = unpack(model.clusters.cluster)[row];
    add("cluster", clusterName(model, cluster));
    add("confidence", `${Math.round(model.confidence[row] / 2.55)} %`);
  }
  return list;
}

function showHint() {
  const keys = [["←↑↓→", "from song to song"], ["Enter", "play"], ["Esc", "let go"], ["/", "search"]];
  fill("song",
    el("h2", {}, "No song chosen"),
    el("p", { className: "soft" }, "Click a point to hear the song and see what is nearest to it. With the lasso, choose many."),
    el("dl", { className: "facts keys" }, keys.flatMap(([key, what]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, what)])),
  );
}

/** Show the songs that the lasso caught. */
function showSelection(rows) {
  const listed = rows.slice(0, 200);
  fill("song",
    el("h2", {}, rows.length === 1 ? "1 song" : `${rows.length} songs`),
    rows.length > listed.length ? el("p", { className: "soft" }, `The first ${listed.length} of them:`) : null,
    el("ol", { className: "list", id: "selection" }, listed.map(row => songButton(state.model.song[row]))),
  );
}
