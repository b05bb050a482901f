// The stream of news (Server-Sent Events). It says what changed, never its content: whoever hears it asks anew. The
// browser reconnects with the last cursor by itself, so that a page that slept catches up.
//
// A node that ends closes the connection, which shows at once. One that freezes, or a network that swallows, does not:
// so the page knocks at the door between events, and takes an answer that does not come for a lost node (within 5 s).
const KNOCK_MS = 2_500;
const PATIENCE_MS = 2_000;

export interface Hearer {
  news(): void;
  alive(yes: boolean): void;
  ended(): void;
}

export interface Stream {
  close(): void;
}

export function follow(hearer: Hearer): Stream {
  let source = connect();
  const timer = setInterval(() => void knock(), KNOCK_MS);

  function connect(): EventSource {
    const made = new EventSource("/api/events");
    for (const kind of ["hello", "news", "reset"])
      made.addEventListener(kind, () => {
        hearer.alive(true);
        hearer.news();
      });
    made.addEventListener("over", () => hearer.ended());
    made.onerror = () => hearer.alive(false);
    return made;
  }

  async function knock(): Promise<void> {
    try {
      // The page's own address: it needs no session, so that knocking does not keep an empty chair's session alive.
      const answer = await fetch("./", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
      await answer.text();
      if (source.readyState === EventSource.CLOSED) source = connect(); // the browser gave up; we have not
      else if (source.readyState === EventSource.OPEN) hearer.alive(true);
    } catch {
      hearer.alive(false);
    }
  }

  return {
    close() {
      clearInterval(timer);
      source.close();
    },
  };
}
