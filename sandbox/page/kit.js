// Preact and htm from the vendored file, and the context every component reads: who looks at the page.
import {
  createContext,
  useContext,
  useReducer,
  useLayoutEffect,
} from "./vendor/htm-3.1.1-preact-standalone.module.js";

export {
  html,
  render,
  useState,
  useReducer,
  useEffect,
  useLayoutEffect,
  useRef,
  useMemo,
  useContext,
} from "./vendor/htm-3.1.1-preact-standalone.module.js";

export const ViewerContext = createContext(null);
export const useViewer = () => useContext(ViewerContext);

/* Draws the component again whenever the source of changes says so. */
export function useChanges(subscribe) {
  const [, again] = useReducer((count) => count + 1, 0);
  useLayoutEffect(() => subscribe(() => again()), [subscribe]);
}

export const classes = (...names) => names.filter(Boolean).join(" ");
