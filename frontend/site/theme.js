// Applies the colours that the person chose, before the first paint. Without a choice the system's stand.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be blocked; the system's colours then stand.
}
