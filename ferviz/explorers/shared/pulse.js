// Whether the kernel still answers. What is shown must never look like the answer to a question nobody heard.
//
// Every message that wants an answer is noted by `waits`; `heard` takes the note away. With no answer after two seconds
// the state is "busy" (the kernel says that it computes), "gone" (it was restarted, or there is none) or "quiet" (nobody
// here can tell which), until one comes.

const PATIENCE = 2000;  // milliseconds that an answer may take before what is shown is called old
const KNOCK = 3000;  // between two questions to a kernel that does not answer

const SAYS = {
  busy: "The kernel is still computing: what is shown in grey is older than what you chose.",
  gone: "The kernel does not answer: run this cell again. What is shown in grey is its last answer.",
  quiet: "No answer from the kernel yet: it is computing, or it was restarted. If this stays, run this cell again. What is shown in grey is older than what you chose.",
};

/**
 * What the page knows of the kernel behind a widget that does not answer.
 * @param {WidgetModel} model
 * @returns {KernelState}
 */
function kernelState(model) {
  const manager = model.widget_manager;
  if (!manager || !("kernel" in manager)) return "quiet";
  return manager.kernel?.connectionStatus === "connected" && manager.kernel.status === "busy" ? "busy" : "gone";
}

/**
 * send(content, buffers) asks the kernel; waits() and heard() keep the account; `changed(state)` hears of every change.
 * `knock`, where given, is sent again and again to a kernel that does not answer, so that a view heals by itself.
 * @param {WidgetModel} model
 * @param {(state: KernelState) => void} changed
 * @param {(() => object) | null} knock
 */
function pulse(model, changed, knock = null) {
  let since = 0;
  let state = "";
  let timer = 0;
  let knocked = 0;
  const say = (now) => {
    if (now === state) return;
    state = now;
    changed(now);
  };
  const look = () => {
    clearTimeout(timer);
    if (!since) return;
    if (Date.now() - since >= PATIENCE) {
      say(kernelState(model));
      if (knock && Date.now() - knocked > KNOCK) {
        knocked = Date.now();
        send(knock());
      }
    }
    timer = setTimeout(look, state ? 400 : PATIENCE - (Date.now() - since));
  };
  const waits = () => {
    since ||= Date.now();
    if (!timer || !state) look();
  };
  const send = (content, buffers) => {
    try {
      model.send(content, undefined, buffers);
    } catch {  // the line to the kernel is closed: nobody will answer
      since ||= Date.now() - PATIENCE;
    }
  };
  return {
    send(content, buffers) {
      send(content, buffers);
      waits();
    },
    whisper: send,  // wants no answer
    waits,
    heard() {
      since = 0;
      clearTimeout(timer);
      timer = 0;
      say("");
    },
    stop: () => clearTimeout(timer),
    get state() { return state; },
  };
}
