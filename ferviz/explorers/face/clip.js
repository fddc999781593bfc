// The clip: made once in the kernel, then played and scrubbed here.

function reel(stage, note) {
  let told = null;
  let coming = null;  // the newest clip, until its pictures are there
  let pictures = [];
  let at = 0;
  let waiting = 0;
  let asked = 0;  // the number of the newest wish for a clip
  const make = el("button.button", { type: "button", text: "Make a clip with its voice" });
  const playing = playback({ times: () => told.times, at: () => at, show: (frame) => show(frame) });
  const picture = stage.canvas({ label: "The clip", paint: paintPicture });
  const curve = stage.canvas({ label: "Intensity of the emotion, and the baseline's probability of its label, over time", aspect: 4.6, paint: paintCurve });
  const slider = el("input", { type: "range", min: "0", step: "1", value: "0", "aria-label": "Frame of the clip" });
  const text = el("p.note.at");
  const key = el("p.note.key", {}, el("span.line.solid"), " intensity ", el("span.line.dashed"), " the baseline's probability of the label; 0 to 1");
  const box = el("div.reel", { hidden: "" }, picture, el("div", {}, el("div.choice", {}, playing.node), curve, slider, text, key));
  const status = el("span.status", { role: "status" });
  const node = el("div.panel", {}, el("div.choice", {}, make, status), el("p.note", { text: note }), box);

  make.onclick = () => {
    const since = performance.now();
    make.disabled = true;
    const tick = () => { status.textContent = `Speaking, moving, drawing … ${Math.round((performance.now() - since) / 1000)} s`; };
    clearInterval(waiting);
    waiting = setInterval(tick, 500);
    tick();
    asked = stage.act("clip");
  };
  const rested = () => {
    clearInterval(waiting);
    make.disabled = false;
    status.textContent = "";
  };

  /** The clip was made, or refused. */
  const answered = (answer) => {
    if (answer.client === stage.client && answer.sequence >= asked) rested();
  };

  const show = (frame) => {
    at = clamp(frame, 0, told.times.length - 1);
    slider.value = String(at);
    const words = `frame ${at} of ${told.times.length}, ${number(told.times[at])} s: intensity ${number(told.intensity[at])}, label: ${told.top[at]}`;
    slider.setAttribute("aria-valuetext", words);
    text.textContent = `${words}.`;
    stage.repaint();
  };
  slider.oninput = () => {
    playing.stop();
    show(Number(slider.value));
  };

  function paintPicture(context, width, height) {
    if (!pictures.length) return;
    context.imageSmoothingQuality = "high";
    context.drawImage(pictures[at], 0, 0, width, height);
  }

  function paintCurve(context, width, height) {
    if (!told) return;
    const last = told.times.length - 1;
    const pad = 8;
    const across = (frame) => pad + (frame / last) * (width - 2 * pad);
    const up = (value) => height - 4 - value * (height - 8);
    context.strokeStyle = stage.colours.quiet;
    context.lineWidth = 0.5;
    context.strokeRect(pad, up(1), width - 2 * pad, up(0) - up(1));
    const trace = (values, ink, dash) => {
      context.strokeStyle = ink;
      context.lineWidth = 2;
      context.setLineDash(dash);
      context.beginPath();
      values.forEach((value, frame) => value !== null && context[frame ? "lineTo" : "moveTo"](across(frame), up(value)));
      context.stroke();
      context.setLineDash([]);
    };
    trace(told.said, stage.colours.quiet, [4, 3]);
    trace(told.intensity, stage.colours.bar, []);
    context.strokeStyle = stage.colours.ink;
    context.lineWidth = 1;
    context.strokeRect(Math.round(across(at)) + 0.5, 0, 0, height);
  }

  async function load(clip) {
    playing.stop();
    coming = clip;
    const drawn = await Promise.all(clip.frames.map((bytes) => createImageBitmap(new Blob([bytes], { type: "image/webp" }))));
    if (clip !== coming) return;
    [told, pictures] = [clip, drawn];
    playing.load(clip.sound);
    slider.max = String(drawn.length - 1);
    box.hidden = false;
    box.dataset.frames = drawn.length;
    status.textContent = `“${clip.sentence}” Face and voice: ${clip.emotion}.`;
    picture.setAttribute("aria-label", `The clip: the face shows ${clip.emotion}, the voice says “${clip.sentence}”`);
    show(clip.intensity.indexOf(Math.max(...clip.intensity)));
  }
  const draw = () => {
    if (make.disabled && stage.root.dataset.kernel === "gone") rested();  // nobody is at work on it
    playing.draw();
  };
  /** The view is taken away. */
  const stop = () => {
    clearInterval(waiting);
    playing.load(null);
  };
  return { node, load, answered, rested, mute: playing.mute, draw, stop };
}
