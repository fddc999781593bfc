// The film of a moving clip: a strip of all frames to go through, a mark, and after the reveal the curves below it.
// Frame by frame everything stands in one column: thumbnail, handle, curves. The kernel is not asked while one scrubs.

function film(stage, onMark) {
  let clip = null;
  let key = "";
  let pictures = [];
  let at = 0;
  let shown = { marked: null, reveal: null };
  const strip = stage.canvas({ label: "Filmstrip", paint: paintStrip });
  const slider = el("input.scrub", { type: "range", min: "0", step: "1", value: "0", "aria-label": "Frame of the clip" });
  const playing = playback({ times: () => clip.times, at: () => at, show: (frame) => show(frame) });
  const marked = () => {
    onMark(at);
    stage.root.focus({ preventScroll: true });  // a frame that is marked is marked once, and the next key is the stage's
  };
  const mark = el("button.button", { type: "button", text: "Mark this frame", onclick: marked });
  const text = el("span.where");
  const curves = stage.canvas({ label: "Curves", aspect: "auto", paint: paintCurves });
  curves.classList.add("fv-curves");
  const [said, least] = [el("span"), el("span")];
  const legend = el("p.note.legend.keep", {},
    el("span", {}, el("i.line.evidence"), "evidence: how much is seen to change, as a share of this clip’s most"), el("span", {}, el("i.line.intensity"), "intensity of the muscles"),
    el("span", {}, el("i.line.said"), said), el("span", {}, el("i.patch"), least));
  const node = el("div.film", {}, strip, slider, el("div.choice", {}, playing.node, mark, text), curves, legend);

  const show = (frame) => {
    at = clamp(frame, 0, clip.times.length - 1);
    slider.value = String(at);
    stage.repaint();
  };
  const step = (by) => {
    playing.stop();
    show(at + by);
  };
  slider.oninput = () => {
    playing.stop();
    show(Number(slider.value));
  };
  slider.onkeydown = (event) => {
    if (event.key !== "Enter" || shown.reveal) return;
    marked();
    event.preventDefault();
  };
  const follow = (event) => {
    const box = strip.getBoundingClientRect();
    playing.stop();
    show(Math.floor(((event.clientX - box.left) / box.width) * clip.times.length));
    event.preventDefault();
  };
  strip.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    strip.setPointerCapture(event.pointerId);
    follow(event);
    stage.root.focus({ preventScroll: true });
  });
  strip.addEventListener("pointermove", (event) => strip.hasPointerCapture(event.pointerId) && follow(event));

  /** A new clip starts at its first frame; told again, as with the reveal, it stays where it is. */
  async function load(told, name) {
    if (name === key) return;
    playing.load(told.sound);
    [clip, key, pictures, at] = [told, name, [], 0];
    slider.max = String(told.times.length - 1);
    slider.value = "0";
    slider.style.marginInline = `calc(${50 / told.times.length}% - 8px)`;  // the handle below the middle of its thumbnail
    slider.style.width = `calc(${100 - 100 / told.times.length}% + 16px)`;
    strip.style.aspectRatio = told.times.length;
    const drawn = await Promise.all(told.frames.map((bytes) => createImageBitmap(new Blob([bytes], { type: "image/webp" }))));
    if (name !== key) return;
    pictures = drawn;
    node.dataset.frames = drawn.length;
    stage.repaint();
  }

  const ordinal = (frame) => `frame ${frame}`;
  function draw(marked, reveal, telling) {
    shown = { marked, reveal };
    playing.draw();
    const where = `${ordinal(at)} of ${clip.times.length}, ${number(clip.times[at])} s`;
    const here = reveal ? `: evidence ${number(reveal.curves.evidence[at])}, intensity ${number(reveal.curves.intensity[at])}, the baseline’s ${reveal.emotion} ${number(reveal.curves.said[at])}` : marked === at ? ": your mark" : "";
    text.textContent = where + here;
    slider.setAttribute("aria-valuetext", where + here);
    mark.hidden = Boolean(reveal);
    mark.disabled = marked === at;
    curves.hidden = legend.hidden = !reveal;
    said.textContent = reveal ? `the baseline’s probability of ${reveal.emotion}` : "";
    least.textContent = `frames with evidence ${telling} or more`;
    least.parentNode.hidden = Boolean(reveal?.flat);
    strip.setAttribute("aria-label", `Filmstrip of ${clip.times.length} frames; ${ordinal(at)} is shown${marked === null ? "" : `, ${ordinal(marked)} is marked`}.`);
    if (reveal) curves.setAttribute("aria-label", `Frame by frame: evidence ${telling} or more in ${reveal.stretches}. ${flags().map(([words]) => words).join("; ")}.`);
  }

  function paintStrip(context, width, height) {
    if (!pictures.length) return;
    const wide = width / pictures.length;
    context.imageSmoothingQuality = "high";
    pictures.forEach((picture, frame) => context.drawImage(picture, frame * wide + 0.5, 0, wide - 1, height));
    const frameAround = (frame, ink, line) => {
      context.strokeStyle = ink;
      context.lineWidth = line;
      context.strokeRect(frame * wide + line / 2, line / 2, wide - line, height - line);
    };
    if (shown.marked !== null) {
      context.fillStyle = stage.colours.accent;
      const tall = Math.max(4, wide / 7);
      context.fillRect(shown.marked * wide, height - tall, wide, tall);
      frameAround(shown.marked, stage.colours.accent, 2.5);
    }
    frameAround(at, stage.colours.paper, 4.5);
    frameAround(at, stage.colours.bar, 3);
  }

  /** What the curves point out: words, frame, colour. */
  function flags() {
    const { reveal, marked } = shown;
    const { accent, bar, quiet } = stage.colours;
    const known = reveal.flat ? [] : [[`most evidence: ${ordinal(reveal.best)}`, reveal.best, bar]];
    return [[`you: ${ordinal(marked)}`, marked, accent], ...known, [`the baseline’s surest: ${ordinal(reveal.surest)}`, reveal.surest, quiet]];
  }

  function paintCurves(context, width, height) {
    const { reveal } = shown;
    if (!reveal) return;
    const { ink, quiet, bar, paper, font, size } = stage.colours;
    const wide = width / clip.times.length;
    const row = size * 1.5;
    const floor = height - 3 * row - 6;
    const across = (frame) => (frame + 0.5) * wide;
    const up = (value) => floor - value * (floor - 6);
    context.fillStyle = bar;
    context.globalAlpha = 0.2;
    context.beginPath();  // one path: where two frames touch, nothing is painted twice
    reveal.telling.forEach((telling, frame) => telling && context.rect(Math.round(frame * wide), 0, Math.round((frame + 1) * wide) - Math.round(frame * wide), floor));
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = quiet;
    context.lineWidth = 0.5;
    context.strokeRect(0.25, 0.25, width - 0.5, floor);
    const trace = (values, colour, line, dash) => {
      [context.strokeStyle, context.lineWidth] = [colour, line];
      context.setLineDash(dash);
      context.beginPath();
      values.forEach((value, frame) => value !== null && context[frame ? "lineTo" : "moveTo"](across(frame), up(value)));
      context.stroke();
      context.setLineDash([]);
    };
    trace(reveal.curves.intensity, quiet, 1.5, [6, 4]);
    trace(reveal.curves.said, ink, 2, [1.5, 3.5]);
    trace(reveal.curves.evidence, bar, 2.5, []);
    context.font = `${size * 0.9}px ${font}`;
    const places = flags().map(([words, frame, colour], place) => ({ words, colour, x: across(frame), y: floor + 6 + (place + 0.5) * row }));
    places.forEach((flag) => paintPole(context, flag));
    places.forEach((flag) => paintWords(context, flag, { width, paper, ink, tall: size }));
    context.fillStyle = ink;
    context.globalAlpha = 0.5;
    context.fillRect(across(at) - 0.5, 0, 1, floor);
    context.globalAlpha = 1;
  }
  return { node, load, draw, stop: playing.stop, close: () => playing.load(null), toggle: playing.toggle, mute: playing.mute, step, frame: () => at, picture: () => pictures[at] };
}

/** A line from the top of the curves down to a dot. */
function paintPole(context, { x, y, colour }) {
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x, 0);
  context.lineTo(x, y);
  context.stroke();
  context.beginPath();
  context.arc(x, y, 4, 0, 7);
  context.fill();
}

/** Its words beside the dot, on the side that has room, over other lines. */
function paintWords(context, { words, x, y }, { width, paper, ink, tall }) {
  const room = context.measureText(words).width + 8;
  const left = x + 8 + room > width ? Math.max(0, x - 8 - room) : x + 8;
  context.fillStyle = paper;
  context.fillRect(left, y - 0.6 * tall, room, 1.2 * tall);
  context.fillStyle = ink;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillText(words, left + 4, y);
}
