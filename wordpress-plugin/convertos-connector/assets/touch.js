/* Remembers where a visitor came from, in a first-party cookie. */
(function (w, d) {
	'use strict';
	var c = w.convertosVisit, N = 'convertos_visit=', arrival = c && find();

	function read() {
		var m = ('; ' + d.cookie).split('; ' + N)[1], p = m ? m.split(';')[0].split('|') : [];
		return p[0] === '1' && p[1] ? { v: p[1], t: p.slice(2) } : { v: '', t: [] };
	}

	function write(text, days) {
		d.cookie = N + text + ';path=/;max-age=' + days * 86400 + ';samesite=lax' + (location.protocol === 'https:' ? ';secure' : '');
	}

	function isOwn(host) {
		return [location.hostname].concat(c.o).some(function (h) {
			return ('.' + host).slice(-(h = '.' + h.replace(/^www\./, '')).length) === h;
		});
	}

	/* What brought the visitor to this page, or an empty text. */
	function find() {
		var host = '', found = [], given = {};
		function add(key, value) {
			if (value) { found.push(key + '=' + encodeURIComponent(value.slice(0, 200))); }
		}
		if (/[?&](key=wc_order|wc-api=|wc-ajax=)|\/order-(received|pay)\//.test(location.href)) { return ''; }
		new URLSearchParams(location.search).forEach(function (v, k) { given[k.toLowerCase()] = v; });
		for (var k in c.n) { add(k, given[c.n[k]]); }
		c.k.forEach(function (name) { add(name, given[name]); });
		try { host = new URL(d.referrer).hostname; } catch (x) { /* none */ }
		if (host && !isOwn(host) && !new RegExp('(^|\\.)(' + c.p + ')\\.').test(host)) { add('r', d.referrer.split('?')[0]); }
		if (found.length) { add('l', location.pathname); }
		return found.join('&');
	}

	function keep() {
		var s = read(), now = Math.floor(Date.now() / 1000), last = (s.t[s.t.length - 1] || '').split('&'), text;
		/* The same page again within half an hour is a reload. */
		if (!arrival || (last.slice(1).join('&') === arrival && now - parseInt(last[0], 36) < 1800)) { return; }
		s.v = s.v || Array.from(w.crypto.getRandomValues(new Uint8Array(16)), function (b) { return (b + 256).toString(16).slice(1); }).join('');
		s.t.push(now.toString(36) + '&' + arrival);
		arrival = '';
		while ((text = ['1', s.v].concat(s.t).join('|')).length > 3600 || s.t.length > 20) {
			if (s.t.length < 2) { return; }
			s.t.splice(1, 1);
		}
		write(text, c.d);
		if (read().v && !(navigator.sendBeacon && navigator.sendBeacon(c.u))) { fetch(c.u, { method: 'POST', keepalive: true }); }
	}

	function decide(yes) {
		if (yes) { keep(); } else if (read().v) { write('', 0); }
	}

	if (!c) { return; }
	w.convertosConsent = decide;
	if (c.c === 'api') {
		d.addEventListener('wp_listen_for_consent_change', function (event) {
			var word = event.detail && event.detail.marketing;
			if (word) { decide(word === 'allow'); }
		});
		w.addEventListener('load', function () {
			if (w.wp_has_consent && w.wp_has_consent('marketing')) { keep(); }
		});
	} else if (c.c === 'no' || read().v) {
		keep();
	}
})(window, document);
