// Search by title and artist, without accents and case; arrow keys move, Enter chooses, Escape closes.

const box = $("search");
const FOUND = 50;
let index = null;
let active = -1;

const folded = text => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function find(query) {
  index = index || songs.title.map((title, song) => folded(`${title} ${songs.artist[song]}`));
  const words = folded(query).split(/\s+/).filter(Boolean);
  const hits = [];
  if (!words.length) return hits;
  for (let song = 0; song < index.length && hits.length < FOUND; song++) {
    if (words.every(word => index[song].includes(word))) hits.push(song);
  }
  return hits;
}

function showFound() {
  const hits = find(box.value);
  active = hits.length ? 0 : -1;
  const options = hits.map((song, i) => {
    const option = el("li", { role: "option", id: `found-${i}` }, said("span", songs.title[song]), said("small", songs.artist[song]));
    option.dataset.song = song;
    option.addEventListener("mousedown", event => event.preventDefault()); // the focus stays in the box
    option.addEventListener("click", () => take(song));
    return option;
  });
  const asked = box.value.trim() !== "";
  fill("found", options.length ? options : [el("li", { className: "soft" }, "No song has these words in title or artist.")]);
  $("found").hidden = !asked;
  box.setAttribute("aria-expanded", String(asked));
  markActive();
}

function markActive() {
  [...$("found").children].forEach((option, i) => option.setAttribute("aria-selected", String(i === active)));
  const option = $(`found-${active}`);
  if (option) option.scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", option ? option.id : "");
}

function take(song) {
  closeFound();
  choose(song, true);
}

function closeFound() {
  $("found").hidden = true;
  box.setAttribute("aria-expanded", "false");
  box.setAttribute("aria-activedescendant", "");
}

function listenToSearch() {
  box.addEventListener("input", showFound);
  box.addEventListener("focus", () => { if (box.value) showFound(); });
  box.addEventListener("blur", closeFound);
  box.addEventListener("keydown", event => {
    const count = $("found").querySelectorAll("[data-song]").length;
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count) {
      event.preventDefault();
      active = (active + (event.key === "ArrowDown" ? 1 : count - 1)) % count;
      markActive();
    } else if (event.key === "Enter" && !$("found").hidden && active >= 0) {
      take(Number($(`found-${active}`).dataset.song));
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      if ($("found").hidden) box.value = "";
      closeFound();
    }
  });
}
