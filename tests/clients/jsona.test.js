import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Jsona } from "jsona";

import * as server from "./server.js";

const jsona = new Jsona();
const ada = { type: "user", id: "demo-user-ada" };
const ofAda = { author: ada, relationshipNames: ["author"] };
const films = "filter[author_id]=demo-user-blender";
const titles = (videos) => videos.map(({ title }) => title);

// Jsona only translates documents, so these send them.
async function load(path) {
    const { document } = await server.send("GET", path);
    return jsona.deserialize(document);
}
const save = (method, path, stuff) =>
    server.send(method, path, jsona.serialize({ stuff }));

describe("jsona", () => {
    test("create", async () => {
        const { status, document } = await save("POST", "video", {
            type: "video",
            id: "jsona-created",
            title: "Seven knots",
            author: ada,
            relationshipNames: ["author"],
        });

        assert.equal(status, 201);
        assert.equal(jsona.deserialize(document).title, "Seven knots");
        const { attributes, relationships } =
            await server.stored("video/jsona-created");
        assert.equal(attributes.title, "Seven knots");
        assert.deepEqual(relationships.author.data, ada);
    });

    test("create with a number as id", async () => {
        const draft = { ...ofAda, type: "video", id: 7001, title: "Seven knots" };
        const { status } = await save("POST", "video", draft);
        assert.equal(status, 201);

        const changed = await save("PATCH", "video/7001", {
            ...draft,
            title: "Eight knots",
        });
        assert.equal(changed.status, 204);
        assert.equal((await load("video/7001")).title, "Eight knots");
    });

    test("read", async () => {
        const video = await load("video/demo-video-splice");

        assert.equal(video.id, "demo-video-splice");
        assert.equal(video.title, "How to splice a rope");
        assert.equal(video.author.id, "demo-user-ada");
    });

    // Jsona sends back all that it has read.
    test("update", async () => {
        const id = await server.addVideo("jsona-updated");
        const before = await server.stored(`video/${id}`);
        const video = await load(`video/${id}`);

        video.title = "Eight knots";
        assert.equal((await save("PATCH", `video/${id}`, video)).status, 204);

        before.attributes.title = "Eight knots";
        assert.deepEqual(await server.stored(`video/${id}`), before);
    });

    test("update of a user, whose lists cannot be replaced", async () => {
        const url = `user/${await server.addAuthor("jsona-author")}`;
        const before = await server.stored(url);
        const user = await load(url);

        user.name = "Cleo";
        assert.equal((await save("PATCH", url, user)).status, 204);

        before.attributes.name = "Cleo";
        assert.deepEqual(await server.stored(url), before);
    });

    test("delete", async () => {
        const id = await server.addVideo("jsona-deleted");
        const { type } = await load(`video/${id}`);

        assert.equal((await server.send("DELETE", `${type}/${id}`)).status, 204);

        assert.equal((await server.send("GET", `video/${id}`)).status, 404);
    });

    test("include", async () => {
        const path = "playlist/demo-playlist-on-board?include=owner,videos.author";
        const { owner, videos } = await load(path);

        assert.equal(owner.name, "Ada");
        assert.deepEqual(titles(videos), server.ON_BOARD);
        const authors = videos.map(({ author }) => author?.name);
        assert.deepEqual(authors, server.AUTHORS_ON_BOARD);
    });

    test("filter", async () => {
        assert.deepEqual(titles(await load("video?filter[title]=Spring")), ["Spring"]);

        const ids = "demo-video-spring,demo-video-hull";
        const two = await load(`video?filter[id]=${ids}`);
        assert.deepEqual(titles(two), ["Painting a hull in twelve days", "Spring"]);
    });

    test("sort", async () => {
        const videos = await load(`video?${films}&sort=-create_at`);
        assert.deepEqual(titles(videos), server.NEWEST_FILMS);
    });

    test("page", async () => {
        const path = `video?${films}&page[size]=3&page[number]=2`;
        const { document } = await server.send("GET", path);

        assert.deepEqual(titles(jsona.deserialize(document)), server.FILMS.slice(3, 6));
        assert.equal(document.meta.total, 8);
        const next = new URL(document.links.next);
        const last = await load(`video${next.search}`);
        assert.deepEqual(titles(last), server.FILMS.slice(6));
    });

    test("relationship", async () => {
        const url = `playlist/${await server.addPlaylist("jsona-linked")}/relationships/videos`;
        const [splice, hull, bread] = server.LINKED.map((id) => ({
            type: "video",
            id,
        }));
        const link = async (method, videos) => {
            const { data } = jsona.serialize({ stuff: videos });
            const identifiers = data.map(({ type, id }) => ({ type, id }));
            return (await server.send(method, url, { data: identifiers })).status;
        };

        assert.equal(await link("PATCH", [splice, hull]), 204);
        assert.equal(await link("POST", [bread]), 204);

        assert.deepEqual(await server.linkedIds(url), server.LINKED);
        const linked = await load(url);
        assert.deepEqual(
            linked.map(({ id }) => id),
            server.LINKED,
        );
    });

    test("error", async () => {
        const missing = await server.send("GET", "video/nowhere");
        assert.equal(missing.document.errors[0].status, "404");

        const refused = { type: "video", id: "jsona/refused", title: "Seven knots" };
        const { status, document } = await save("POST", "video", refused);
        assert.equal(status, 400);
        assert.equal(document.errors[0].source.pointer, "/data/id");
        const found = await load("video?filter[id]=jsona/refused");
        assert.deepEqual(found, []);
    });
});
