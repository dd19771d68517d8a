/* A button that copies a text and says so. Hidden without JavaScript.

  value  - the text
  copied - what the button says afterwards, in the reader's language
*/
"use strict";

ckan.module("versioning-copy", function ($) {
  return {
    options: { value: "", copied: "" },

    initialize: function () {
      this.el.prop("hidden", false);
      this.el.on("click", this._onClick.bind(this));
    },

    _onClick: function (event) {
      const say = this._say.bind(this);
      // What looks like a number would come as one from the options.
      const value = String(this.el.attr("data-module-value"));
      event.preventDefault();
      if (navigator.clipboard) {
        navigator.clipboard.writeText(value).then(say);
      } else {
        this._copyBySelection(value);
        say();
      }
    },

    // Pages without TLS have no clipboard of their own.
    _copyBySelection: function (value) {
      const field = $("<textarea>").val(value).css({ position: "fixed", opacity: 0 });
      field.appendTo(document.body).trigger("select");
      document.execCommand("copy");
      field.remove();
      this.el.trigger("focus");
    },

    _say: function () {
      const status = $('<span role="status" class="versioning-status"></span>');
      this.el.siblings(".versioning-status").remove();
      this.el.after(status);
      status.text(" " + this.options.copied);
    },
  };
});
