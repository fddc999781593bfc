// Two streams: rows under one cursor, which runs in seconds through all of them.

/** A clip with its sound, and where the cursor is. A sheet (clip and sound) and a view (numbers) are shown together. */
function streamFilm(stage) {
  const next = { sheet: null, image: null, view: null };
  let [kept, hovered, frozen] = [0, null, null];
  const film = {
    sheet: null, image: null, view: null, fixed: false, touched: "frames", spot: null,
    ready: () => Boolean(film.sheet && film.view),
    /** What has come: shown as soon as the numbers belong to the clip. True when another sheet is shown than before. */
    come(part) {
      Object.assign(next, part);
      if (!next.sheet || !next.view || next.view.sheet !== next.sheet.turn) return false;
      const other = film.sheet !== next.sheet;
      Object.assign(film, next, { fixed: Boolean(next.sheet.offline) });
      kept = Math.min(kept, film.seconds());
      return other;
    },
    frames: () => film.sheet.times.length,
    seconds: () => Math.max(film.sheet.seconds, film.frames() ? film.sheet.times[film.frames() - 1] + film.sheet.pace : 0),
    across: (second, width) => (second / film.seconds()) * width,
    at: () => kept,
    /** Where the cursor stands, in hundredths, and within the clip: what the state may hold. */
    second: () => Math.floor(100 * Math.min(kept, film.seconds() - 1e-3) + 1e-6) / 100,
    cursor: () => hovered ?? kept,
    frameAt: (second) => Math.max(0, film.sheet.times.findLastIndex((time) => time <= second + 1e-6)),
    frame: () => film.frameAt(film.cursor()),
    /** A step in time of the sound's map: where it begins and how long it lasts, in seconds. */
    step: () => (film.sheet.columns > 1 ? film.sheet.seen.seconds[1] - film.sheet.seen.seconds[0] : film.seconds()),
    begins: (column) => film.sheet.seen.seconds[column] - film.step() / 2,
    columnAt: (second) => clamp(Math.floor((second - film.begins(0)) / film.step()), 0, film.sheet.columns - 1),
    column: () => film.columnAt(film.cursor()),
    position: () => film.spot ?? stage.state.position ?? null,
    /** Whether nothing of a stream can be used: what is said without it is an answer to something else. */
    off: (stream) => stage.state[stream] === "gone" || !film.view.rows[stream === "video" ? "frames" : "positions"].some(Number.isFinite),
    scale: (find) => frozen ?? find(),
    freeze(value) {
      frozen = value;
      stage.repaint();
    },
    hover(second) {
      if (hovered === second) return;
      hovered = second;
      stage.repaint();
    },
    /** What the page can show by itself is wished for too, so that the line of code knows it, unless nobody would hear. */
    tell(changes) {
      if (!film.fixed && stage.root.dataset.kernel !== "gone") return void stage.ask(changes);
      Object.assign(stage.state, changes);
      stage.repaint();
    },
    go(second) {
      [kept, hovered] = [clamp(second, 0, film.seconds()), null];
      stage.repaint();
    },
  };
  return film;
}

/**
 * A row: its name with the value under the cursor on the left, its canvas on the right. `take(second, event, box)` may take hold
 * of what is there: it gives back what follows the hand, in pixels upwards. `point(event, box)` hears where the pointer is.
 * `of()`: what is painted, beside the cursor.
 */
function lane(stage, film, { name, hint = "", label, tall, stream, paint, of, text = () => "", take = null, point = null }) {
  const value = el("span.it-value");
  const words = el("span.it-hint.aside", { text: hint, "data-tool": "" });
  const whole = (context, width, height) => {
    if (!film.ready()) return;
    if (film.off(stream)) hatch(context, 0, 0, width, height, stage.colours);
    else paint(context, width, height);
    const x = Math.round(film.across(film.cursor(), width)) + 0.5;
    context.strokeStyle = stage.colours.accent;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, height);
    context.stroke();
  };
  const canvas = stage.canvas({ label, aspect: "auto", paint: whole, of: () => (film.ready() ? [film.cursor(), film.seconds(), film.off(stream), ...of()] : []) });
  canvas.style.height = `calc(${tall} * var(--fv-st-tall, 1))`;  // large type leaves less room
  canvas.classList.add(take ? "fv-it-grip" : "fv-it-scrub");
  let held = null;
  const second = (event, box) => clamp((event.clientX - box.left) / box.width, 0, 0.9999) * film.seconds();
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !film.ready()) return;
    const box = canvas.getBoundingClientRect();
    film.go(second(event, box));
    held = { y: event.clientY, moved: false, follow: film.off(stream) || film.fixed ? null : take?.(film.at(), event, box) };
    canvas.setPointerCapture(event.pointerId);
    stage.root.focus({ preventScroll: true });
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!film.ready()) return;
    const box = canvas.getBoundingClientRect();
    if (!held) {
      if (!film.off(stream)) point?.(event, box);
      film.hover(second(event, box));
    } else if (!held.follow) film.go(second(event, box));
    else if (held.moved || Math.abs(event.clientY - held.y) > 2) {
      held.moved = true;
      held.follow(held.y - event.clientY, box.height);
    }
  });
  canvas.addEventListener("pointerleave", () => {
    film.spot = null;
    film.hover(null);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      held = null;
      film.freeze(null);
    });
  }
  return { node: el("div.it-row", {}, el("div.it-name", {}, el("span", {}, el("b", { text: name }), " ", value, words)), canvas), canvas, words, say() {
    value.textContent = film.off(stream) ? "" : text();
    words.hidden = film.fixed;  // nothing follows the hand then
  } };
}

/** The clip is played by its sound's clock, and the cursor goes along in steps of ten milliseconds. */
function streamPlayer(stage, film) {
  const TICK = 0.01;
  let grid = [];
  return {
    /** The clock's places reach through pictures and sound. */
    fit() { grid = Array.from({ length: Math.max(2, Math.round(film.seconds() / TICK)) }, (_, place) => place * TICK); },
    ...playback({
      times: () => (film.ready() ? grid : []),
      at: () => Math.round(film.at() / TICK),
      show: (place) => film.go(place * TICK),
    }),
  };
}
