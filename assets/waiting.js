// Counts down on the waiting page of a session, then opens it. Without this script the page reloads itself.
(() => {
  "use strict";
  const shown = document.querySelector("[data-seconds]");
  if (!shown) return;
  // From the server's count of what is left, so that a wrong clock on this device does not matter.
  const end = Date.now() + Number(shown.dataset.seconds) * 1000;
  const two = (n) => String(n).padStart(2, "0");
  const words = (whole) => {
    const [days, hours, minutes] = [Math.floor(whole / 86400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60];
    if (days) return `${days} d ${hours} h`;
    return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  };
  const tick = () => {
    const left = end - Date.now();
    shown.textContent = words(Math.max(0, Math.ceil(left / 1000)));
    if (left <= 0) location.replace(shown.dataset.then);
    else setTimeout(tick, left % 1000 || 1000);
  };
  tick();
})();
