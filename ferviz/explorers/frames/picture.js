// Frames: the frame under the cursor, and playing.

/** A frame of the clip, or a guest. */
function drawFrame(context, { sheet, image }, frame, x, y, side) {
  drawCell(context, image, { cell: sheet.cell, across: Math.min(16, sheet.times.length + sheet.guests.length) }, frame, x, y, side);
}

/** The frame under the cursor, large, with what is known of it. */
function pictureOf(stage, film) {
  const canvas = stage.canvas({ label: "The frame under the cursor", paint: (context, width, height) => {
    if (!film.ready()) return;
    const { view } = film;
    context.imageSmoothingQuality = "high";
    const at = film.cursor();
    drawFrame(context, film, view.order[at], 0, 0, width);
    if (!view.reasons[at]) return;
    context.globalAlpha = 0.7;
    context.fillStyle = stage.colours.paper;
    context.fillRect(0, 0, width, height);
    context.globalAlpha = 1;
    hatch(context, 0, 0, width, height, stage.colours);
    context.fillStyle = stage.colours.ink;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = `${stage.colours.size}px ${stage.colours.font}`;
    wrap(context, `Not used: ${view.reasons[at]}`, width / 2, height / 2, width * 0.8);
  } });
  canvas.classList.add("fv-it-big");
  return canvas;
}

/** Where a place's picture comes from, in words. */
function originOf(sheet, frame) {
  const length = sheet.times.length;
  if (frame >= length) return `a still of another person: ${sheet.guests[frame - length]}`;
  const shown = sheet.shown[frame] ? `; it shows ${sheet.shown[frame]}` : "";
  return `${number(sheet.times[frame])} s of the clip${shown}`;
}

/** The film runs in the browser, at its own speed. */
function player(film, button) {
  let turning = 0;
  const stop = () => {
    clearTimeout(turning);
    turning = 0;
    button.textContent = "Play";
  };
  const next = () => {
    if (film.at() >= film.view.order.length - 1) stop();
    else {
      film.go(film.at() + 1);
      wait();
    }
  };
  const wait = () => {
    const { times } = film.sheet;
    const pace = times.length > 1 ? (1000 * (times[times.length - 1] - times[0])) / (times.length - 1) : 200;
    turning = setTimeout(next, clamp(pace, 30, 1000));
  };
  const start = () => {
    if (!film.ready() || film.view.order.length < 2) return;
    if (film.at() >= film.view.order.length - 1) film.go(0);
    button.textContent = "Stop";
    wait();
  };
  const toggle = () => (turning ? stop() : start());
  button.onclick = toggle;
  return { toggle, stop };
}
