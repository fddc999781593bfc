// Shared by every explorer: the talk with the kernel, the theme, canvases, and the frame around the drawing.
//
// An explorer's own file ends with   export default explorer((stage) => ({ picture, answer, draw, keys }))
//   stage.body          element to build in; stage.readout: the answer in a line, beside the title
//   stage.state         the newest state: the kernel's, overlaid with what was asked since
//   stage.ask({field})  wish for a change of the state; the newest wish wins
//   stage.act(name)     what is no change of the state: Explorer.act(name) in the kernel
//   stage.canvas(...)   a canvas that is sharp, resizes and repaints; stage.colours holds the theme
//   picture(p)          what was told once (frames, curves); answer(a): a view; draw(): paint with both
//   here()              what of the state this view alone knows, as a place of its cursor; null where that is nothing
//   stop()              the view is taken away: timers end, and what is held is let go
//   keys                {"ArrowLeft": (event) => …}; the stage has the focus
//   classes             help: seen when "?" is pressed; aside: left out in large type, as is every note that is not keep
//
// More than 300 lines: what every stage and foot needs, and nothing else, stands in this one script.

const REST_OF_CODE = 450;  // ms without a move before the line of code follows a cursor
const ATTRIBUTES = /^(aria-|data-|role$|tabindex$|for$|type$|accept$|min$|max$|step$|value$|title$|hidden$|lang$)/;

/**
 * el("div.name", {text, onclick, "aria-label": …}, ...children)
 * @param {string} kind
 * @param {Record<string, any>} options
 * @param {...(Node | string | null | undefined)} children
 * @returns {any}
 */
function el(kind, options = {}, ...children) {
  const [tag, ...classes] = kind.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.map((name) => `fv-${name}`).join(" ");
  for (const [key, value] of Object.entries(options)) {
    if (key === "text") node.textContent = value;
    else if (ATTRIBUTES.test(key)) node.setAttribute(key, value);
    else node[key] = value;
  }
  // JupyterLab takes keys from whatever has the focus (Enter, arrows, b for a new cell) unless that very element says no
  if (["button", "input", "pre", "select"].includes(tag)) node.dataset.lmSuppressShortcuts = "true";
  node.append(...children.filter((child) => child != null));
  return node;
}

/** @type {(value: number, ...ends: number[]) => number} */
const clamp = (value, ...[low, high]) => Math.min(high, Math.max(low, value));
/** @type {(value: number, digits?: number) => string} */
const number = (value, digits = 2) => {
  const size = Math.abs(value).toFixed(digits);
  return Number.isFinite(value) ? `${value < 0 && Number(size) ? "−" : ""}${size}` : "–";  // nothing has no sign
};
/** @type {(view: DataView) => Float32Array} */
const floats = (view) => new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));

/**
 * Let the browser save a file.
 * @param {string} name
 * @param {Blob} blob
 */
function saveAs(name, blob) {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** What can be folded away: open as the explorer comes, closed in large type, as a hand leaves it. */
function fold(title, ...children) {
  return el("details.fold", { open: true, "data-open": "" }, el("summary", { text: title }), ...children);
}

/**
 * Let `change` put other parts into the page, and give the focus back to what had it, or to what bears its name now: who
 * chooses with the keyboard goes on there.
 * @param {HTMLElement} root
 * @param {() => void} change
 */
function keepFocus(root, change) {
  const page = /** @type {Document} */ (root.getRootNode());
  const had = /** @type {HTMLElement} */ (page.activeElement);
  const inside = had && had !== root && root.contains(had);
  change();
  if (!inside || page.activeElement === had) return;
  const name = (node) => node.querySelector(".fv-label")?.textContent ?? node.getAttribute("aria-label") ?? node.textContent;
  const kind = [had.tagName, ...had.classList].slice(0, 2).join(".");  // a row and a button may bear one name
  const heir = had.isConnected ? had : [...root.querySelectorAll(kind)].find((node) => name(node) === name(had));
  /** @type {HTMLElement} */ (heir ?? root).focus({ preventScroll: true });
}

/** Put the buffers of a message back where pack() in base.py took them out. */
function unpack(value, buffers) {
  if (Array.isArray(value)) return value.map((item) => unpack(item, buffers));
  if (value === null || typeof value !== "object") return value;
  if (typeof value.buffer === "number") return buffers[value.buffer];
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unpack(item, buffers)]));
}

/**
 * The drag protocol: send when no wish is on its way, else keep the newest; on the answer send what was kept. Whatever is
 * sent carries a number, and the pulse runs until the newest number has been answered.
 * @param {WidgetModel} model
 * @param {(state: KernelState) => void} changed
 */
function line(model, changed) {
  const client = Math.random().toString(36).slice(2);
  let asked = 0;
  let sent = 0;  // the newest wish that went out
  let awaited = 0;  // the newest message of any kind
  let flying = null;
  let waiting = null;
  const beat = pulse(model, (state) => {
    if (state === "gone") [flying, waiting] = [null, null];  // never heard: a new setting must not stand beside old numbers
    changed(state);
  }, () => ({ ping: awaited, client }));
  const send = () => {
    [flying, waiting, sent] = [waiting, null, asked];
    awaited = asked;
    beat.send({ wish: flying, client, sequence: sent });
  };
  const heard = (sequence) => {
    if (sequence >= awaited) beat.heard();
  };
  return {
    client,
    /**
     * The wish's number; 0 when nobody is there to hear it: then it must not be laid over the last answer.
     * @param {Record<string, any>} changes
     */
    ask(changes) {
      if (beat.state === "gone") {
        beat.send({ ping: awaited, client });
        return 0;
      }
      waiting = { ...waiting, ...changes };
      asked += 1;
      if (!flying) send();
      return beat.state === "gone" ? 0 : asked;  // a closed line says so at once
    },
    /** Anything that is no wish: a preset, a button, large type. Its number comes back with the answer. */
    tell(content) {
      asked += 1;
      awaited = asked;
      let told = content;
      if (waiting) {  // a wish that was kept goes along: sent later, it would undo a reset or a preset
        told = { ...content, wish: { ...waiting, ...content.wish } };
        [flying, waiting, sent] = [{ ...flying, ...waiting }, null, asked];
      }
      beat.send({ ...told, client, sequence: asked });
      return asked;
    },
    /** Is anybody there? A control of ipywidgets was touched, whose own message nobody need have heard. */
    check() {
      beat.send({ ping: awaited, client });
    },
    /** @param {Answer} answer */
    landed(answer) {
      if (answer.client !== client) return;
      heard(answer.sequence);
      if (answer.sequence < sent) return;
      flying = null;
      if (waiting) send();
    },
    /** The kernel is there, and has dealt with all up to a number: a wish without an answer by now will have none. */
    answered({ ping, client: whose }) {
      if (whose !== client) return;  // another view of the same explorer asked
      const lost = flying && ping >= sent;
      if (lost) flying = null;
      heard(ping);
      if (lost && waiting) send();
      else if (lost) changed(/** @type {KernelState} */ (beat.state));
    },
    overlay: () => ({ ...flying, ...waiting }),
    hello: () => beat.whisper({ hello: client }),
    stop: beat.stop,
  };
}

/**
 * The theme's colours, as a canvas needs them; `dark` is read from the page, whoever painted it.
 * @param {HTMLElement} root
 * @returns {Colours}
 */
function theme(root) {
  const style = getComputedStyle(root);
  const rgb = (style.backgroundColor.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
  const dark = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2] < 128;
  root.dataset.theme = dark ? "dark" : "light";
  const probe = (name) => {
    root.style.setProperty("caret-color", `var(${name})`);
    const colour = getComputedStyle(root).caretColor;
    root.style.removeProperty("caret-color");
    return colour;
  };
  return { dark, paper: style.backgroundColor, ink: style.color, quiet: probe("--fv-quiet"), accent: probe("--fv-accent"), bar: probe("--fv-bar"), font: style.fontFamily, size: parseFloat(style.fontSize) };
}

/**
 * Has one of these values changed since they were last asked about? A hand repaints more often than a kernel answers.
 * @returns {(...now: any[]) => boolean}
 */
function news() {
  let last = [];
  return (...now) => {
    const same = now.length === last.length && now.every((value, place) => value === last[place]);
    last = now;
    return !same;
  };
}

/**
 * A canvas of a given aspect: paint(context, width, height) in CSS pixels, again whenever size or theme change. Where
 * `of()` gives all that the picture is made of, it is painted only when some of that has changed.
 * @param {ExplorerStage} stage
 * @param {CanvasOptions} options
 * @returns {HTMLCanvasElement}
 */
function canvas(stage, { label, aspect = 1, paint, kind = "canvas", of = null }) {
  const node = el(kind, { role: "img", "aria-label": label });
  node.style.aspectRatio = aspect;
  let waited = 0;
  const changed = news();
  const redraw = () => {
    const [width, height] = [node.clientWidth, node.clientHeight];
    if (!width || !height) {  // out of sight, if only for a frame while a theme is loading: observed anew, it reports
      if ((waited += 1) > 20) return;  // hidden for good: to go on would repaint in every frame; its next draw paints it
      stage.sizes.unobserve(node);
      stage.sizes.observe(node);
      return;
    }
    waited = 0;
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (of && !changed(stage.colours, w, h, ...of())) return;
    if (node.width !== w || node.height !== h) [node.width, node.height] = [w, h];
    const context = node.getContext("2d");
    context.setTransform(w / width, 0, 0, h / height, 0, 0);
    context.clearRect(0, 0, width, height);
    paint(context, width, height);
  };
  stage.painters.push(redraw);
  stage.sizes.observe(node);
  return node;
}

function shell(stage, setup, model, talk) {
  const heading = el("h3.title", { text: setup.title });
  const large = el("button.button.large", { type: "button", text: "A", title: "Large type", "aria-label": "Large type", "aria-pressed": "false" });
  large.onclick = () => talk.tell({ large: !model.get("large") });
  const code = codeLine();
  const error = el("div.error", { role: "alert", "aria-live": "assertive", hidden: "" });
  const silence = el("div.silence", { role: "status", hidden: "" });
  const presets = setup.presets.map((name, place) =>
    el("button.button", { type: "button", onclick: () => stage.preset(place + 1) }, el("b", { text: `${place + 1}` }), ` ${name}`));
  const question = el("button.button.question", { type: "button", text: "?", title: "Keys, and what is what", "aria-label": "Help", "aria-pressed": "false" });
  question.onclick = () => question.setAttribute("aria-pressed", String(stage.root.closest(".ferviz-explorer").classList.toggle("fv-helped")));
  const choices = el("div.choices", {}, presets.length ? el("div.presets", { role: "group", "aria-label": "Presets", "data-tool": "" }, ...presets) : null);
  const live = el("p.live", { "aria-live": "polite", "data-tool": "" });
  stage.root.append(
    el("div.head", {}, heading, el("div.headline", {}, stage.readout, silence), el("div.tools", { "data-tool": "" }, question, code.open, large)), code.node, error,
    choices, stage.body, live,
  );
  return { large, code, error, silence, live, choices };
}

/**
 * Call `touched` when a person has moved a control of ipywidgets and it has told the kernel so, past the stage.
 * @param {HTMLElement} host
 * @param {() => void} touched
 */
function watchControls(host, touched) {
  let row = null;
  let told = 0;
  const onTouch = () => {  // a click and a change are one touch
    clearTimeout(told);
    told = setTimeout(touched);
  };
  const events = ["input", "change", "click", "keyup", "pointerup"];
  const due = requestAnimationFrame(() => {  // the stage is placed in the page after it is made
    row = host.closest(".ferviz-explorer")?.querySelector(".ferviz-controls");
    for (const event of events) row?.addEventListener(event, onTouch);
  });
  return {
    stop() {
      cancelAnimationFrame(due);
      clearTimeout(told);
      for (const event of events) row?.removeEventListener(event, onTouch);
    },
  };
}

/** @param {(stage: ExplorerStage) => ExplorerParts} build */
function explorer(build) {
  return {
    /** @param {{model: WidgetModel, el: HTMLElement}} given */
    render({ model, el: host }) {
      const setup = model.get("setup");
      const talk = line(model, (state) => onSilence(state));
      const root = el("div.stage", { role: "group", tabindex: "0", "aria-label": setup.title });
      root.dataset.lmSuppressShortcuts = "true";
      /** @type {any} an ExplorerStage, once all below is in it */
      const stage = { root, body: el("div.body"), readout: el("p.readout"), state: {}, painters: [], colours: null, client: talk.client };
      stage.sizes = new ResizeObserver(() => restyle());
      stage.canvas = (options) => canvas(stage, options);
      stage.act = (name) => talk.tell({ act: name, ...told() });
      stage.preset = (place) => talk.tell({ preset: place });
      stage.ask = (changes) => {
        const asked = talk.ask(changes);
        if (asked) {
          Object.assign(stage.state, changes);
          root.dataset.asked = asked;
        }
        repaint();
      };
      const frame = shell(stage, setup, model, talk);
      host.append(root);
      const faces = faceChoice(stage);
      frame.choices.append(faces.node);
      const parts = build(stage);
      let due = 0;
      let speak = 0;
      let resting = 0;
      let sequence = 0;
      let last = {};  // the state that the newest answer belongs to
      const paint = () => {
        due = 0;
        stage.colours ??= theme(root);
        parts.draw?.();
        faces.draw();
        stage.painters.forEach((painter) => painter());
        root.dataset.painted = sequence;
        settle();
      };
      const repaint = () => { due ||= requestAnimationFrame(paint); };
      const restyle = () => {
        stage.colours = null;
        repaint();
      };
      stage.repaint = repaint;
      const told = () => {
        const here = parts.here?.();
        return here ? { wish: here } : {};
      };
      /** The line of code, while it is seen, says where the cursor has come to rest. */
      const settle = () => {
        clearTimeout(resting);
        if (frame.code.node.hidden) return;
        resting = setTimeout(() => {
          const { wish } = told();
          if (wish) stage.ask(wish);
        }, REST_OF_CODE);
      };
      frame.code.open.addEventListener("click", settle);

      const receive = {
        picture(picture) {
          if (!Object.keys(picture).length) return;
          root.dataset.own = picture.own ? "yes" : "no";
          if (picture.still) {  // no kernel would follow the hand: the tools above it go on working
            stage.body.inert = true;
            root.removeAttribute("tabindex");
          }
          faces.picture(picture);
          parts.picture?.(picture);
          repaint();
        },
        answer(answer) {
          if (answer.text === undefined) return;
          talk.landed(answer);
          if (answer.client === talk.client) sequence = Math.max(sequence, answer.sequence);
          last = answer.state;
          stage.state = { ...last, ...talk.overlay() };
          parts.answer?.(answer);
          frame.code.set(answer.code);
          clearTimeout(speak);  // a screen reader hears where the hand came to rest, not every step
          speak = setTimeout(() => { frame.live.textContent = answer.text; }, frame.live.textContent ? 250 : 0);
          root.dataset.turn = answer.turn;
          repaint();
        },
      };
      receive.pong = talk.answered;
      const onSilence = (state) => {
        root.dataset.kernel = state;
        frame.silence.hidden = !state;
        frame.silence.textContent = SAYS[state] ?? "";
        stage.state = { ...last, ...talk.overlay() };
        repaint();
      };
      receive.file = ({ name, kind, data }) => saveAs(name, new Blob([data], { type: kind }));
      const onError = () => {
        frame.error.textContent = model.get("error");
        frame.error.hidden = !model.get("error");
      };
      const onLarge = () => {
        root.classList.toggle("fv-enlarged", model.get("large"));
        for (const fold of root.querySelectorAll("details.fv-fold[data-open]")) fold.open = !model.get("large");
        frame.large.setAttribute("aria-pressed", String(model.get("large")));
        restyle();
      };
      const onMessage = (content, buffers) => {
        for (const [name, value] of Object.entries(content)) receive[name]?.(unpack(value, buffers));
      };
      const onPicture = () => receive.picture(model.get("picture"));
      const onAnswer = () => receive.answer(model.get("answer"));
      const events = { "change:picture": onPicture, "change:answer": onAnswer, "change:error": onError, "change:large": onLarge, "msg:custom": onMessage };
      for (const [name, handler] of Object.entries(events)) model.on(name, handler);
      root.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
        if (stage.body.inert) return;
        if (event.target.matches("button, summary") && ["Enter", " "].includes(event.key)) return;  // they have these for themselves
        const handler = parts.keys?.[event.key] ?? (event.key === "f" && faces.next);
        const place = Number(event.key);
        if (handler) handler(event);
        else if (place >= 1 && place <= setup.presets.length) stage.preset(place);
        else return;
        event.preventDefault();
        event.stopPropagation();
      });
      // a new theme moves the probe's background, in 1 ms; the colours are read from the root, which has no transition
      const probe = el("span.probe", { "aria-hidden": "true" });
      for (const change of ["transitionend", "transitioncancel"]) probe.addEventListener(change, restyle);
      root.append(probe);
      onPicture();
      onAnswer();
      onError();
      onLarge();
      talk.hello();
      const controls = watchControls(host, talk.check);
      return () => {
        parts.stop?.();
        controls.stop();
        talk.stop();
        stage.sizes.disconnect();
        clearTimeout(speak);
        clearTimeout(resting);
        cancelAnimationFrame(due);
        for (const [name, handler] of Object.entries(events)) model.off(name, handler);
      };
    },
  };
}
