/* Small modules, each of which only adds to a page that works without it. */
"use strict";

/* Of the two columns of the history, offers only what makes a pair: an earlier and a later one. */
ckan.module("versioning-pair", function () {
  return {
    initialize: function () {
      this.from = this.el.find("input[name=from]");
      this.to = this.el.find("input[name=to]");
      this.el.on("change", "input[type=radio]", this._fit.bind(this));
      this._fit();
    },

    // The newest line comes first: what can be chosen is below the one, above the other.
    _fit: function () {
      const from = this.from.index(this.from.filter(":checked"));
      const to = this.to.index(this.to.filter(":checked"));
      this.from.each(function (line) {
        $(this).closest("label").toggleClass("versioning-unfit", line <= to);
      });
      this.to.each(function (line) {
        $(this).closest("label").toggleClass("versioning-unfit", line >= from);
      });
    },
  };
});
