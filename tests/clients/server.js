// The server, its demo data, and requests that no client sends: they add what a flow
// needs, and read what it has stored.

export const ORIGIN = process.env.QUINTET_ORIGIN;
export const API = `${ORIGIN}/api`;
export const TOKEN = process.env.QUINTET_TOKEN;
export const MEDIA_TYPE = "application/vnd.api+json";
export const HEADERS = { Authorization: `Bearer ${TOKEN}` };

// The demo data of Blender Studio, in the order of their ids, and the newest first.
export const FILMS = [
    "Big Buck Bunny",
    "Coffee Run",
    "Cosmos Laundromat",
    "Elephants Dream",
    "Sintel",
    "Spring",
    "Sprite Fright",
    "Tears of Steel",
];
export const NEWEST_FILMS = [
    "Sprite Fright",
    "Coffee Run",
    "Spring",
    "Cosmos Laundromat",
    "Tears of Steel",
    "Sintel",
    "Big Buck Bunny",
    "Elephants Dream",
];
// The order in which they are in the playlist "on board".
export const ON_BOARD = [
    "Big Buck Bunny",
    "Sintel",
    "How to splice a rope",
    "A noon sight, step by step",
    "Fog in the harbour",
];
export const AUTHORS_ON_BOARD = [
    "Blender Studio",
    "Blender Studio",
    "Ada",
    "Ada",
    undefined,
];
// What the flows of relationships link: the first two replace, the third is added.
export const LINKED = ["demo-video-splice", "demo-video-hull", "demo-video-bread"];

/** Sends a request and returns the response with its document, if it has one. */
export async function send(method, path, document) {
    const headers = { ...HEADERS, Accept: MEDIA_TYPE, "Content-Type": MEDIA_TYPE };
    const body = document && JSON.stringify(document);
    const response = await fetch(`${API}/${path}`, { method, headers, body });
    const text = await response.text();
    return { status: response.status, document: text ? JSON.parse(text) : null };
}

/** Returns `data` of what is stored at a URL. */
export async function stored(path) {
    const { status, document } = await send("GET", path);
    if (status !== 200) throw new Error(`${path} is ${status}`);
    return document.data;
}

/** Returns the ids to which a relationship links, in their order. */
export async function linkedIds(path) {
    return (await stored(path)).map(({ id }) => id);
}

/** Returns the ids of the demo videos, which are more than a page has by default. */
export function demoVideoIds() {
    return linkedIds("video?filter[deleted]=0&page[size]=100");
}

/** Adds a video of a user and returns its id. The token is Ada's. */
export function addVideo(id, author = "demo-user-ada") {
    const relationships = { author: { data: { type: "user", id: author } } };
    return add({ type: "video", id, attributes: { title: "Draft" }, relationships });
}

/** Adds a playlist of Ada's and returns its id. */
export function addPlaylist(id) {
    const relationships = { owner: { data: { type: "user", id: "demo-user-ada" } } };
    return add({ type: "playlist", id, attributes: { title: "Draft" }, relationships });
}

/** Adds a user with a video and returns its id. */
export async function addAuthor(id) {
    await add({ type: "user", id, attributes: { name: "Newcomer" } });
    await addVideo(`${id}-video`, id);
    return id;
}

async function add(data) {
    const { status, document } = await send("POST", data.type, { data });
    if (status !== 201) throw new Error(JSON.stringify(document));
    return data.id;
}
