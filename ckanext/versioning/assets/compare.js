/* Buttons of the page that compares two revisions. */
"use strict";

/* Copies what an address returns. Hidden where that does not work; one can download it, too.

  url    - the address
  copied - what to say afterwards
  failed - what to say if it went wrong
*/
ckan.module("versioning-copy-from", function ($) {
  return {
    options: { url: "", copied: "", failed: "" },

    initialize: function () {
      this.el.prop("hidden", !navigator.clipboard);
      this.el.on("click", this._copy.bind(this));
    },

    _copy: function () {
      const url = this.options.url;
      const text = fetch(url).then(function (response) {
        if (!response.ok) {
          throw new Error(response.statusText);
        }
        return response.text();
      });
      text
        .then(function (copied) {
          return navigator.clipboard.writeText(copied);
        })
        .then(
          this._say.bind(this, this.options.copied),
          this._say.bind(this, this.options.failed)
        );
    },

    _say: function (words) {
      const status = $('<span role="status" class="versioning-status"></span>');
      this.el.siblings(".versioning-status").remove();
      this.el.after(status);
      status.text(" " + words);
    }
  };
});

/* Shows the rows that changed below the link, instead of on a page of their own. */
ckan.module("versioning-load", function ($) {
  return {
    initialize: function () {
      this.el.on("click", this._load.bind(this));
    },

    _load: function (event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) {
        return;
      }
      event.preventDefault();
      const link = this.el;
      link.addClass("disabled").attr("aria-busy", "true");
      $.get(link.attr("href"))
        .then(function (page) {
          const rows = $("<div>").append($.parseHTML(page)).find(".versioning-rows");
          if (!rows.length) {
            throw new Error("no rows");
          }
          link.replaceWith(rows);
          rows.attr("tabindex", "-1").trigger("focus");
        })
        .catch(function () {
          window.location = link.attr("href");
        });
    }
  };
});
