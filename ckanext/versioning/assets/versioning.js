/* Small modules, each of which only adds to a page that works without it. */
"use strict";
