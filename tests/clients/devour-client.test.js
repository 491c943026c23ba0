import assert from "node:assert/strict";
import { describe, test } from "node:test";

import Devour from "devour-client";

import * as server from "./server.js";

const api = new Devour({
    apiUrl: server.API,
    bearer: server.TOKEN,
    pluralize: false,
    logger: false,
    errorBuilder: (error) => error,
});
api.define("user", {
    name: "",
    owned_videos: { jsonApi: "hasMany", type: "video" },
    owned_playlists: { jsonApi: "hasMany", type: "playlist" },
});
api.define("video", {
    title: "",
    create_at: "",
    author: { jsonApi: "hasOne", type: "user" },
    playlists: { jsonApi: "hasMany", type: "playlist" },
});
api.define("playlist", {
    title: "",
    owner: { jsonApi: "hasOne", type: "user" },
    videos: { jsonApi: "hasMany", type: "video" },
});
const ada = { type: "user", id: "demo-user-ada" };
const filter = { author_id: "demo-user-blender" };
const titles = ({ data }) => data.map(({ title }) => title);

describe("devour-client", () => {
    test("create", async () => {
        const { data } = await api.create("video", {
            title: "Seven knots",
            author: ada,
        });

        assert.equal(data.title, "Seven knots");
        assert.match(data.id, /^[0-9a-f-]{36}$/);
        const { attributes, relationships } = await server.stored(`video/${data.id}`);
        assert.equal(attributes.title, "Seven knots");
        assert.deepEqual(relationships.author.data, ada);
    });

    test("read", async () => {
        const { data } = await api.find("video", "demo-video-splice", {
            include: "author",
        });

        assert.equal(data.id, "demo-video-splice");
        assert.equal(data.title, "How to splice a rope");
        assert.equal(data.author.name, "Ada");
    });

    test("update", async () => {
        const id = await server.addVideo("devour é updated");
        const url = `video/${encodeURIComponent(id)}`;
        const before = await server.stored(url);
        const { data } = await api.find("video", id);

        await api.update("video", { ...data, title: "Eight knots" });

        before.attributes.title = "Eight knots";
        assert.deepEqual(await server.stored(url), before);
    });

    test("delete", async () => {
        const id = await server.addVideo("devour-deleted");

        await api.destroy("video", id);

        assert.equal((await server.send("GET", `video/${id}`)).status, 404);
    });

    test("include", async () => {
        const include = "owner,videos.author";
        const { data } = await api.find("playlist", "demo-playlist-on-board", {
            include,
        });

        assert.equal(data.owner.name, "Ada");
        assert.deepEqual(
            data.videos.map(({ title }) => title),
            server.ON_BOARD,
        );
        const authors = data.videos.map((video) => video.author?.name);
        assert.deepEqual(authors, server.AUTHORS_ON_BOARD);
    });

    test("filter", async () => {
        const one = await api.findAll("video", { filter: { title: "Spring" } });
        assert.deepEqual(titles(one), ["Spring"]);

        const id = ["demo-video-spring", "demo-video-hull"];
        const two = await api.findAll("video", { filter: { id } });
        assert.deepEqual(titles(two), ["Painting a hull in twelve days", "Spring"]);

        const many = await server.demoVideoIds();
        assert.equal(many.length, 14);
        const { data } = await api.findAll("video", { filter: { id: many } });
        assert.deepEqual(
            data.map(({ id }) => id),
            many,
        );
    });

    test("sort", async () => {
        const videos = await api.findAll("video", { filter, sort: "-create_at" });
        assert.deepEqual(titles(videos), server.NEWEST_FILMS);
    });

    test("page", async () => {
        const page = await api.findAll("video", {
            filter,
            page: { size: 3, number: 2 },
        });
        assert.deepEqual(titles(page), server.FILMS.slice(3, 6));
        assert.equal(page.meta.total, 8);

        const next = await api.request(page.links.next);
        assert.deepEqual(titles(next), server.FILMS.slice(6));
        assert.equal(next.links.next, null);
    });

    test("relationship", async () => {
        const id = await server.addPlaylist("devour-linked");
        const relationship = (name) => api.one("playlist", id).relationships(name);
        const [splice, hull, bread] = server.LINKED.map((id) => ({ id }));

        await relationship("videos").patch([splice, hull]);
        await relationship("videos").post([bread]);

        const url = `playlist/${id}/relationships/videos`;
        assert.deepEqual(await server.linkedIds(url), server.LINKED);
        const { data } = await api.find("playlist", id, { include: "videos" });
        assert.deepEqual(
            data.videos.map(({ id }) => id),
            server.LINKED,
        );
        await relationship("owner").patch(null);
        assert.equal(await server.stored(`playlist/${id}/owner`), null);
    });

    // Devour names an error by the last part of its pointer, or else numbers it.
    test("error", async () => {
        const missing = await refusal(api.find("video", "nowhere"));
        assert.equal(missing[0].status, "404");

        const draft = { id: "devour-refused", create_at: "soon", author: ada };
        const invalid = await refusal(api.create("video", draft));
        assert.equal(invalid.create_at.status, "400");
        assert.equal((await server.send("GET", "video/devour-refused")).status, 404);

        const filter = { titel: "Spring" };
        const unknown = await refusal(api.findAll("video", { filter }));
        assert.equal(unknown[0].source.parameter, "filter[titel]");
        assert.equal(unknown[0].meta.did_you_mean, "title");
    });
});

async function refusal(request) {
    return request.then(assert.fail, (errors) => errors);
}
