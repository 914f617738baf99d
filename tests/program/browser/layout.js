/* In the real page, at the size of a phone on its side: what is pressed can be pressed. Says on the console what
 * cannot. */
const element = id => document.getElementById(id);
const wrong = [];

// Whether a finger in the middle of it meets it.
function expectPressable(id) {
  const box = element(id).getBoundingClientRect();
  const met = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const by = met ? met.id || met.tagName : 'nothing: out of sight';
  if (!box.width || met !== element(id))
    wrong.push(`${id} at ${Math.round(box.x)},${Math.round(box.y)} is covered by ${by}`);
}

await new Promise(done => setTimeout(done, 300));
if (getComputedStyle(element('stage')).position !== 'relative') wrong.push('the style is not there');
expectPressable('user');
element('ringing').hidden = false;
expectPressable('accept');
expectPressable('reject');
element('ringing').hidden = true;
element('login').hidden = true;
element('controls').hidden = false;
element('hangup').hidden = false;
for (const id of ['room', 'callee', 'hangup']) expectPressable(id);

const asked = [];
window.WebSocket = class extends EventTarget { constructor(url) { super(); asked.push(url); } };
element('user').value = 'anna';
element('login').requestSubmit();
for (let i = 0; i < 100 && !asked.length; i++) await new Promise(done => setTimeout(done, 50));
const beside = location.href.replace(/^http/, 'ws').replace(/[^/]*$/, '');
if (asked[0] !== beside) wrong.push(`connects to ${asked[0]}, not ${beside}`);
console.log('RESULT ' + JSON.stringify({ wrong, size: [innerWidth, innerHeight] }) + ' END');
