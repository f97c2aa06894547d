// The time of day as texts need it: once a minute, and when the window is seen again.

class Now {
  date = $state.raw(new Date());

  constructor() {
    const tell = () => { if (!document.hidden) this.date = new Date(); };
    setInterval(tell, 60_000);
    document.addEventListener('visibilitychange', tell);
  }
}

export const now = new Now();
