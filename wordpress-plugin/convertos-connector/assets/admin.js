/* The plugin's own page: questions before buttons, lines of the mapping, progress of the import. */
(function (d) {
	'use strict';

	d.addEventListener('click', function (event) {
		var button = event.target.closest('[data-confirm], [data-add-rule], [data-remove-rule]'), rows, row, place;
		if (!button) { return; }
		if (button.dataset.confirm && !window.confirm(button.dataset.confirm)) {
			event.preventDefault();
		} else if (button.hasAttribute('data-add-rule')) {
			rows = d.querySelector('.convertos-mapping tbody');
			row = rows.lastElementChild.cloneNode(true);
			empty(row);
			place = '[' + Date.now() + ']';
			row.querySelectorAll('[name]').forEach(function (field) { field.name = field.name.replace(/\[\d+\]/, place); });
			rows.appendChild(row);
			row.querySelector('select').focus();
		} else if (button.hasAttribute('data-remove-rule')) {
			row = button.closest('tr');
			if (row.parentNode.children.length > 1) { row.remove(); } else { empty(row); }
		}
	});

	/* The fields that are suggested are those of the chosen object. */
	d.addEventListener('change', function (event) {
		if (!/\[object\]$/.test(event.target.name || '')) { return; }
		event.target.closest('tr').querySelectorAll('[data-list]').forEach(function (field) {
			field.setAttribute('list', field.dataset.list + event.target.value);
		});
	});

	function empty(row) {
		row.querySelectorAll('input').forEach(function (field) { field.value = field.type === 'checkbox' ? '1' : ''; field.checked = false; });
	}

	function step(box) {
		var body = new URLSearchParams({ action: 'convertos_do', 'do': 'import_step', _wpnonce: box.dataset.nonce });
		fetch(box.dataset.url, { method: 'POST', credentials: 'same-origin', body: body })
			.then(function (response) { return response.json(); })
			.then(function (answer) {
				box.innerHTML = answer.html;
				if (answer.isRunning) { setTimeout(step, 1500, box); } else { location.reload(); }
			})
			.catch(function () { setTimeout(step, 15000, box); });
	}

	var box = d.getElementById('convertos-import');
	if (box && box.dataset.nonce) { step(box); }
})(document);
