// Viewers: how far a rule with two powers is from people, as a map; the dot is the rule at hand.

function ruleMap(stage, told, move) {
  let [values, of, picture] = [null, null, null];
  const label = "Map of the distance from people, by the power of the voice (across) and of the face (up)";
  const canvas = stage.canvas({ label, aspect: 1, paint });
  canvas.classList.add("fv-vw-map");
  canvas.dataset.lmSuppressShortcuts = "true";
  const bar = stage.canvas({ label: "Colour bar: nats", aspect: "auto", paint: (context, width, height) => values && colourbar(context, width, height, { scale: scale(), colours: stage.colours }) });
  bar.classList.add("fv-vw-bar");
  const [least, most] = [() => told().ends[0], () => told().ends[1]];
  const limit = () => Math.max(...values);
  const scale = () => ({ signed: false, limit: Math.ceil(10 * limit()) / 10, digits: 1 });
  const cells = () => Math.sqrt(values.length);

  function paint(context, width, height) {
    if (!values) return;
    if (of?.values !== values || of.dark !== stage.colours.dark) {
      const [side, stops] = [cells(), stopsOf({ signed: false }, stage.colours.dark)];
      picture = el("canvas");
      [picture.width, picture.height] = [side, side];
      const image = picture.getContext("2d").createImageData(side, side);
      values.forEach((value, at) => image.data.set([...colour(stops, value / scale().limit), 255], 4 * ((side - 1 - Math.floor(at / side)) * side + (at % side))));
      picture.getContext("2d").putImageData(image, 0, 0);
      of = { values, dark: stage.colours.dark };
    }
    const each = width / cells();
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    // cells stand for powers at their middles: the ends of the powers lie half a cell inside
    context.drawImage(picture, -each / 2, -each / 2, width + each, height + each);
    axes(context, width, height);
    dot(context, width, height, told().best, stage.colours.ink, false);
    dot(context, width, height, [stage.state.voice_power, stage.state.face_power], stage.colours.accent, true);
  }

  function axes(context, width, height) {
    context.font = `${0.8 * stage.colours.size}px ${stage.colours.font}`;
    for (const { text, x, y, align, base } of [
      { text: "↑ face power 3", x: 4, y: 3, align: "left", base: "top" },
      { text: "0", x: 4, y: height - 3, align: "left", base: "bottom" },
      { text: "voice power 3 →", x: width - 4, y: height - 3, align: "right", base: "bottom" },
    ]) {
      Object.assign(context, { textAlign: align, textBaseline: base });
      const room = context.measureText(text).width + 6;
      context.globalAlpha = 0.75;
      context.fillStyle = stage.colours.paper;
      context.fillRect(align === "left" ? x - 3 : x - room + 3, base === "top" ? y - 1 : y - stage.colours.size + 1, room, stage.colours.size);
      context.globalAlpha = 1;
      context.fillStyle = stage.colours.ink;
      context.fillText(text, x, y);
    }
  }

  function dot(context, width, height, [voice, face], ink, full) {
    const [x, y] = [(voice - least()) / (most() - least()), (face - least()) / (most() - least())];
    context.beginPath();
    context.arc(clamp(x * width, 6, width - 6), clamp((1 - y) * height, 6, height - 6), full ? 6 : 5, 0, 7);
    context.lineWidth = 4;
    context.strokeStyle = stage.colours.paper;
    context.stroke();
    context.lineWidth = 2;
    context.strokeStyle = ink;
    context.fillStyle = ink;
    context.stroke();
    if (full) context.fill();
  }

  const step = (value) => Math.round(20 * value) / 20;
  const follow = (event) => {
    const box = canvas.getBoundingClientRect();
    const at = (share) => step(least() + clamp(share, 0, 1) * (most() - least()));
    move({ voice_power: at((event.clientX - box.left) / box.width), face_power: at(1 - (event.clientY - box.top) / box.height) });
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !values) return;
    canvas.setPointerCapture(event.pointerId);
    canvas.focus({ preventScroll: true });
    follow(event);
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => canvas.hasPointerCapture(event.pointerId) && follow(event));
  canvas.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    const moved = [stage.state.voice_power, stage.state.face_power].map((value, place) => step(clamp(value + by[place] * (event.shiftKey ? 0.25 : 0.05), least(), most())));
    move({ voice_power: moved[0], face_power: moved[1] });
    event.preventDefault();
    event.stopPropagation();
  });
  return {
    canvas,
    bar,
    set(given) { values = given; },
    draw() {
      const { voice_power: voice, face_power: face } = stage.state;
      const { best, offline } = told();
      canvas.tabIndex = offline ? -1 : 0;
      canvas.style.cursor = offline ? "default" : "";
      canvas.setAttribute("role", offline ? "img" : "application");
      canvas.setAttribute("aria-label", `${label}. This rule: ${number(voice)} and ${number(face)}; the best: ${number(best[0])} and ${number(best[1])}.`);
    },
  };
}
