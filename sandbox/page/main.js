// The beginning: draws the conversation, or at /gallery every block that there is.
await import(location.pathname === "/gallery" ? "./gallery/gallery.js" : "./app.js");
