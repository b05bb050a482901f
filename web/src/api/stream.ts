// The stream of news (Server-Sent Events). It says what changed, never its content: whoever hears it asks anew. The
// browser reconnects with the last cursor by itself, so that a page that slept catches up.
//
// A node that ends closes the connection, which shows at once. One that freezes, or a network that swallows, does not:
// so the node says `beat` every two seconds, and a page that hears nothing for `SILENCE_MS` takes the node for lost.
const SILENCE_MS = 4_500;
const LOOK_MS = 250;

export interface Hearer {
  news(): void;
  alive(yes: boolean): void;
  /** The node's time, every two seconds: an exercise's clock may run at another pace than this machine's, or stand. */
  time(now: string): void;
  ended(): void;
}

export interface Stream {
  close(): void;
}

export function follow(hearer: Hearer): Stream {
  let source = connect();
  let heard = Date.now();
  const timer = setInterval(() => {
    if (Date.now() - heard < SILENCE_MS) return;
    hearer.alive(false);
    heard = Date.now();
    source.close(); // it may look open for minutes yet; a fresh one tells
    source = connect();
  }, LOOK_MS);

  function connect(): EventSource {
    const made = new EventSource("/api/events");
    const lives = (): void => {
      heard = Date.now();
      hearer.alive(true);
    };
    made.addEventListener("beat", (event: MessageEvent<string>) => {
      lives();
      const { now } = JSON.parse(event.data) as { now?: string };
      if (now) hearer.time(now);
    });
    for (const kind of ["hello", "news", "reset"])
      made.addEventListener(kind, () => {
        lives();
        hearer.news();
      });
    made.addEventListener("over", () => hearer.ended());
    made.onerror = () => hearer.alive(false);
    return made;
  }

  return {
    close() {
      clearInterval(timer);
      source.close();
    },
  };
}
