// What pages can do beyond reading: live changes, the slider, copying, keys. Without it everything is there, and stands still.

const feed = document.getElementById('feed');
const notice = document.getElementById('notice');
const pulse = document.getElementById('pulse');

// say shows something about the connection until it is over.
function say(text) {
  let p = document.getElementById('connection');
  if (!text) {
    p?.remove();
    return;
  }
  if (!p) {
    p = document.createElement('p');
    p.id = 'connection';
    p.className = 'notice bad';
    notice.append(p);
  }
  if (p.textContent !== text) p.textContent = text;
}

// refresh takes what is fresh on the same page into this one.
async function refresh() {
  const parts = document.querySelectorAll('[data-fresh]');
  if (parts.length === 0 || document.hidden) return;
  try {
    const response = await fetch(location.href, {headers: {accept: 'text/html'}});
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    for (const part of parts) {
      const fresh = page.getElementById(part.id);
      const open = [...part.querySelectorAll('details')].map((d) => d.open);
      if (!fresh || part.contains(document.activeElement) || part.innerHTML === fresh.innerHTML) continue;
      part.replaceChildren(...fresh.childNodes);
      part.className = fresh.className;
      part.querySelectorAll('details').forEach((d, i) => { d.open = open[i] ?? false; });
    }
  } catch {
    // The stream says that nobody answers.
  }
}

function show(changes) {
  if (!feed) return;
  document.querySelector('#feed')?.parentElement.querySelector(':scope > .empty')?.remove();
  for (const change of changes) {
    const box = document.createElement('template');
    box.innerHTML = change.html;
    const line = box.content.firstElementChild;
    if (!line || feed.querySelector(`[data-key="${CSS.escape(change.key)}"]`)) continue;
    line.classList.add('fresh');
    feed.prepend(line);
  }
  while (feed.children.length > Number(feed.dataset.most)) feed.lastElementChild.remove();
}

let stale = false; // something may have been missed

function listen(url) {
  const stream = new EventSource(url);
  stream.addEventListener('open', () => {
    pulse.hidden = false;
    say('');
    if (stale) location.reload();
  });
  stream.addEventListener('error', () => {
    stale = true;
    pulse.hidden = true;
    say('The console does not answer. Trying again…');
  });
  stream.addEventListener('changes', (e) => {
    show(JSON.parse(e.data));
    later();
  });
  stream.addEventListener('reload', () => location.reload());
  stream.addEventListener('state', (e) => {
    const state = JSON.parse(e.data);
    const waiting = document.getElementById('detail');
    if (waiting && url.includes('wait=1')) {
      if (state.ready) location.reload();
      waiting.textContent = state.text;
    }
    if (state.fault) say(`What you see is what was last known: the topics can't be read now. ${state.fault}`);
    else {
      say('');
      notice.querySelectorAll('.notice.bad').forEach((p) => p.remove());
    }
  });
  addEventListener('pagehide', () => stream.close());
}

// later refreshes soon, and not for each of many changes.
let soon;
function later() {
  soon ??= setTimeout(() => {
    soon = undefined;
    refresh();
  }, 2000);
}

if (document.body.dataset.live) {
  listen(document.body.dataset.live);
  setInterval(refresh, 30000);
}
addEventListener('pageshow', (e) => { if (e.persisted) location.reload(); });

// The slider: the moment while it moves, the page when it rests.
const slider = document.querySelector('[data-slider]');
if (slider) {
  const range = slider.querySelector('input');
  const out = slider.querySelector('output');
  const form = range.form;
  const text = () => new Date(range.value * 1000).toISOString().slice(0, 19);
  slider.hidden = false;
  range.addEventListener('input', () => { out.textContent = text().replace('T', ' '); });
  range.addEventListener('change', () => {
    form.elements.at.value = `${text()}Z`;
    form.requestSubmit();
  });
}

// Filters without what is empty make addresses that people can read, and share.
document.querySelectorAll('form').forEach((form) => form.addEventListener('formdata', (e) => {
  for (const [name, value] of [...e.formData]) if (value === '') e.formData.delete(name);
}));
document.querySelectorAll('#filter select, #filter input[type=checkbox]').forEach((field) => {
  field.addEventListener('change', () => field.form.requestSubmit());
});

document.querySelectorAll('[data-copy]').forEach((button) => {
  button.hidden = !navigator.clipboard;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.parentElement.querySelector('code').textContent);
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = 'Copy'; }, 2000);
  });
});

// Keys: / searches, j and k go through a list.
addEventListener('keydown', (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest('input, select, textarea')) return;
  if (e.key === '/') {
    e.preventDefault();
    document.getElementById('q').focus();
  }
  if (e.key === 'j' || e.key === 'k') {
    const all = [...document.querySelectorAll('.change a.open, .change a.name')].filter((a, i, list) => a.matches('.open') || !list[i].closest('.change').querySelector('a.open'));
    const at = all.indexOf(document.activeElement);
    all[e.key === 'j' ? Math.min(at + 1, all.length - 1) : Math.max(at - 1, 0)]?.focus();
  }
});
