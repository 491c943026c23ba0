import assert from "node:assert/strict";
import { describe, test } from "node:test";

import Kitsu from "kitsu";

import * as server from "./server.js";

const api = new Kitsu({
    baseURL: server.API,
    headers: server.HEADERS,
    pluralize: false,
    resourceCase: "none",
    query: "modern", // lists as filter[id][]=…
});
const author = { data: { type: "user", id: "demo-user-ada" } };
const byBlender = { author_id: "demo-user-blender" };
const titles = ({ data }) => data.map(({ title }) => title);

describe("kitsu", () => {
    test("create", async () => {
        const { data, status } = await api.create("video", {
            id: "kitsu-created",
            title: "Seven knots",
            create_at: "2026-03-01T08:00:00",
            author,
        });

        assert.equal(status, 201);
        assert.equal(data.title, "Seven knots");
        const video = await server.stored("video/kitsu-created");
        assert.equal(video.attributes.title, "Seven knots");
        assert.equal(video.attributes.create_at, "2026-03-01T08:00:00");
        assert.deepEqual(video.relationships.author.data, author.data);
    });

    test("read", async () => {
        const { data } = await api.get("video/demo-video-splice");

        assert.equal(data.id, "demo-video-splice");
        assert.equal(data.title, "How to splice a rope");
        assert.equal(data.author.data.id, "demo-user-ada");
        const id = await server.addVideo("Kitsu Read");
        assert.equal((await api.get(`video/${id}`)).data.id, id);
    });

    test("update", async () => {
        const id = await server.addVideo("kitsu-updated");

        await api.update("video", { id, title: "Eight knots" });

        const video = await server.stored(`video/${id}`);
        assert.equal(video.attributes.title, "Eight knots");
        assert.deepEqual(video.relationships.author.data, author.data);
    });

    test("delete", async () => {
        const id = await server.addVideo("kitsu-deleted");

        await api.remove("video", id);

        assert.equal((await server.send("GET", `video/${id}`)).status, 404);
    });

    test("include", async () => {
        const { data } = await api.get("playlist/demo-playlist-on-board", {
            params: { include: "owner,videos.author", fields: { user: "name" } },
        });

        assert.equal(data.owner.data.name, "Ada");
        assert.deepEqual(titles(data.videos), server.ON_BOARD);
        const authors = data.videos.data.map((video) => video.author?.data?.name);
        assert.deepEqual(authors, server.AUTHORS_ON_BOARD);
    });

    test("filter", async () => {
        const one = await api.get("video", { params: { filter: { title: "Spring" } } });
        assert.deepEqual(titles(one), ["Spring"]);

        const id = ["demo-video-spring", "demo-video-hull"];
        const two = await api.get("video", { params: { filter: { id } } });
        assert.deepEqual(titles(two), ["Painting a hull in twelve days", "Spring"]);
    });

    test("sort", async () => {
        const params = { filter: byBlender, sort: "-create_at" };
        assert.deepEqual(
            titles(await api.get("video", { params })),
            server.NEWEST_FILMS,
        );
    });

    test("page", async () => {
        const params = { filter: byBlender, page: { size: 3, number: 2 } };
        const page = await api.get("video", { params });

        assert.deepEqual(titles(page), server.FILMS.slice(3, 6));
        assert.equal(page.meta.total, 8);
        const last = await api.get("video", {
            params: { filter: byBlender, page: { size: 3, number: 3 } },
        });
        assert.deepEqual(titles(last), server.FILMS.slice(6));
        assert.equal(last.links.next, null);
    });

    test("relationship", async () => {
        const playlist = `playlist/${await server.addPlaylist("kitsu-linked")}`;
        const url = `${playlist}/relationships/videos`;
        const link = (method, ...ids) => {
            const body = ids.map((id) => ({ id }));
            return api.request({ method, url, type: "video", body });
        };
        const [splice, hull, bread] = server.LINKED;

        await link("PATCH", splice, hull);
        await link("POST", bread);

        assert.deepEqual(await server.linkedIds(url), server.LINKED);
        const related = await api.get(`${playlist}/videos`);
        assert.deepEqual(
            related.data.map(({ id }) => id),
            server.LINKED,
        );
        const owner = { url: `${playlist}/relationships/owner`, type: "user" };
        await api.request({ method: "PATCH", ...owner, body: null });
        assert.equal(await server.stored(`${playlist}/owner`), null);
    });

    test("error", async () => {
        const missing = await refusal(api.get("video/nowhere"));
        assert.equal(missing.status, "404");

        // The parameters that Kitsu's own pages show are not those of this server.
        const page = { limit: 5, offset: 0 };
        const unknown = await refusal(api.get("video", { params: { page } }));
        assert.equal(unknown.status, "400");
        assert.equal(unknown.source.parameter, "page[limit]");

        const draft = { id: "kitsu-refused", titel: "Misspelled", author };
        const misspelled = await refusal(api.create("video", draft));
        assert.equal(misspelled.source.pointer, "/data/attributes/titel");
        assert.equal(misspelled.meta.did_you_mean, "title");
        assert.equal((await server.send("GET", "video/kitsu-refused")).status, 404);
    });
});

// Returns the first error of a response that Kitsu rejects.
async function refusal(request) {
    return (await request.then(assert.fail, (error) => error)).errors[0];
}
