import assert from "node:assert/strict";
import { describe, test } from "node:test";

import jsonapi from "jsonapi-serializer";

import * as server from "./server.js";

const naming = { pluralizeType: false, keyForAttribute: "snake_case" };
const TYPES = { author: "user", videos: "video" };
const typeForAttribute = (name) => TYPES[name] ?? name;
const linked = { ref: "id", included: false };
const videos = new jsonapi.Serializer("video", {
    ...naming,
    typeForAttribute,
    attributes: ["title", "createAt", "author"],
    author: linked,
});
const reader = new jsonapi.Deserializer({
    keyForAttribute: "camelCase",
    // Without this, what is not included is null.
    user: { valueForRelationship: ({ id }, included) => included ?? { id } },
});
const ada = { id: "demo-user-ada" };
const films = "filter[author_id]=demo-user-blender";
const titles = (found) => found.map(({ title }) => title);

async function load(path) {
    return reader.deserialize((await server.send("GET", path)).document);
}
const save = (method, path, video) =>
    server.send(method, path, videos.serialize(video));

describe("jsonapi-serializer", () => {
    test("create", async () => {
        const created = await save("POST", "video", {
            id: "serializer-created",
            title: "Seven knots",
            createAt: "2026-03-01T08:00:00",
            author: ada,
        });

        assert.equal(created.status, 201);
        const { attributes, relationships } = await server.stored(
            "video/serializer-created",
        );
        assert.equal(attributes.title, "Seven knots");
        assert.equal(attributes.create_at, "2026-03-01T08:00:00");
        assert.deepEqual(relationships.author.data, { type: "user", ...ada });
    });

    test("read", async () => {
        const video = await load("video/demo-video-splice");

        assert.equal(video.id, "demo-video-splice");
        assert.equal(video.title, "How to splice a rope");
        assert.equal(video.createAt, "2026-02-14T17:00:00");
        assert.deepEqual(video.author, ada);
    });

    test("update", async () => {
        const id = await server.addVideo("serializer-updated");
        const before = await server.stored(`video/${id}`);
        const video = await load(`video/${id}`);

        const changed = await save("PATCH", `video/${id}`, {
            ...video,
            title: "Eight knots",
        });

        assert.equal(changed.status, 204);
        before.attributes.title = "Eight knots";
        assert.deepEqual(await server.stored(`video/${id}`), before);
    });

    test("delete", async () => {
        const { id } = await load(
            `video/${await server.addVideo("serializer-deleted")}`,
        );

        assert.equal((await server.send("DELETE", `video/${id}`)).status, 204);

        assert.equal((await server.send("GET", `video/${id}`)).status, 404);
    });

    test("include", async () => {
        const path = "playlist/demo-playlist-on-board?include=owner,videos.author";
        const playlist = await load(path);

        assert.equal(playlist.owner.name, "Ada");
        assert.deepEqual(titles(playlist.videos), server.ON_BOARD);
        const authors = playlist.videos.map(({ author }) => author?.name);
        assert.deepEqual(authors, server.AUTHORS_ON_BOARD);
    });

    test("filter", async () => {
        assert.deepEqual(titles(await load("video?filter[title]=Spring")), ["Spring"]);

        const ids = "filter[id][]=demo-video-spring&filter[id][]=demo-video-hull";
        const two = await load(`video?${ids}`);
        assert.deepEqual(titles(two), ["Painting a hull in twelve days", "Spring"]);
    });

    test("sort", async () => {
        const found = await load(`video?${films}&sort=-create_at`);
        assert.deepEqual(titles(found), server.NEWEST_FILMS);
    });

    test("page", async () => {
        const path = `video?${films}&page[size]=3&page[number]=2`;
        const { document } = await server.send("GET", path);

        const page = await reader.deserialize(document);
        assert.deepEqual(titles(page), server.FILMS.slice(3, 6));
        assert.equal(document.meta.total, 8);
        const last = await load(`video${new URL(document.links.next).search}`);
        assert.deepEqual(titles(last), server.FILMS.slice(6));
    });

    test("relationship", async () => {
        const id = await server.addPlaylist("serializer-linked");
        const url = `playlist/${id}/relationships/videos`;
        const identifiers = new jsonapi.Serializer("video", {
            ...naming,
            attributes: [],
        });
        const link = async (method, ...ids) => {
            const document = identifiers.serialize(ids.map((id) => ({ id })));
            return (await server.send(method, url, document)).status;
        };
        const [splice, hull, bread] = server.LINKED;

        assert.equal(await link("PATCH", splice, hull), 204);
        assert.equal(await link("POST", bread), 204);

        assert.deepEqual(await server.linkedIds(url), server.LINKED);
        assert.deepEqual(
            (await load(url)).map(({ id }) => id),
            server.LINKED,
        );
    });

    test("error", async () => {
        const missing = await server.send("GET", "video/nowhere");
        assert.equal(missing.document.errors[0].status, "404");

        const draft = { id: "serializer-refused", createAt: "soon" };
        const { status, document } = await save("POST", "video", draft);
        assert.equal(status, 400);
        assert.equal(document.errors[0].source.pointer, "/data/attributes/create_at");
        assert.deepEqual(await load("video?filter[id]=serializer-refused"), []);
    });
});
