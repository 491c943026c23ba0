import assert from "node:assert/strict";
import { describe, test } from "node:test";

import spraypaint from "spraypaint";

import * as server from "./server.js";

const { Attr, BelongsTo, HasMany, Model, SpraypaintBase } = spraypaint;

class Resource extends SpraypaintBase {
    static baseUrl = server.ORIGIN;
    static apiNamespace = "/api";
    // Its own header is `Token token="…"`.
    static generateAuthHeader = (token) => `Bearer ${token}`;
}
class User extends Resource {
    static jsonapiType = "user";
}
class Video extends Resource {
    static jsonapiType = "video";
}
class Playlist extends Resource {
    static jsonapiType = "playlist";
}
for (const model of [Resource, User, Video, Playlist]) Model()(model);
Resource.setJWT(server.TOKEN);
Attr(User, "name");
Attr(Video, "title");
Attr(Video, "createAt");
Attr(Video, "authorId");
BelongsTo(Video, "author", { type: User });
Attr(Playlist, "title");
Attr(Playlist, "ownerId");
BelongsTo(Playlist, "owner", { type: User });
HasMany(Playlist, "videos", { type: Video });

const byBlender = Video.where({ authorId: "demo-user-blender" });
const titles = ({ data }) => data.map(({ title }) => title);

describe("spraypaint", () => {
    test("create", async () => {
        const author = (await User.find("demo-user-ada")).data;
        const video = new Video({
            id: "spraypaint-created",
            title: "Seven knots",
            author,
        });

        assert.equal(await video.save({ with: "author" }), true);

        assert.equal(video.isPersisted, true);
        const { attributes, relationships } = await server.stored(
            "video/spraypaint-created",
        );
        assert.equal(attributes.title, "Seven knots");
        assert.deepEqual(relationships.author.data, {
            type: "user",
            id: "demo-user-ada",
        });
    });

    test("read", async () => {
        const { data } = await Video.find("demo-video-splice");

        assert.equal(data.id, "demo-video-splice");
        assert.equal(data.title, "How to splice a rope");
        assert.equal(data.createAt, "2026-02-14T17:00:00");
    });

    test("update", async () => {
        const id = await server.addVideo("spraypaint-updated");
        const { data } = await Video.find(id);

        data.title = "Eight knots";
        assert.equal(await data.save(), true);

        assert.equal((await Video.find(id)).data.title, "Eight knots");
        const video = await server.stored(`video/${id}`);
        assert.equal(video.attributes.title, "Eight knots");
        assert.equal(video.relationships.author.data.id, "demo-user-ada");
    });

    test("update by POST", async () => {
        const id = await server.addVideo("spraypaint-overridden");
        const { data } = await Video.find(id);

        data.title = "Nine knots";
        Resource.patchAsPost = true;
        await data.save().finally(() => (Resource.patchAsPost = false));

        assert.equal(
            (await server.stored(`video/${id}`)).attributes.title,
            "Nine knots",
        );
    });

    test("delete", async () => {
        const id = await server.addVideo("spraypaint-deleted");
        const { data } = await Video.find(id);

        assert.equal(await data.destroy(), true);

        assert.equal((await server.send("GET", `video/${id}`)).status, 404);
    });

    test("include", async () => {
        const include = ["owner", { videos: "author" }];
        const { data } = await Playlist.includes(include).find(
            "demo-playlist-on-board",
        );

        assert.equal(data.owner.name, "Ada");
        assert.deepEqual(
            data.videos.map(({ title }) => title),
            server.ON_BOARD,
        );
        const authors = data.videos.map((video) => video.author?.name);
        assert.deepEqual(authors, server.AUTHORS_ON_BOARD);
    });

    test("filter", async () => {
        assert.deepEqual(titles(await Video.where({ title: "Spring" }).all()), [
            "Spring",
        ]);

        const id = ["demo-video-spring", "demo-video-hull"];
        const two = await Video.where({ id }).all();
        assert.deepEqual(titles(two), ["Painting a hull in twelve days", "Spring"]);

        const many = await server.demoVideoIds();
        assert.equal(many.length, 14);
        const { data } = await Video.where({ id: many }).all();
        assert.deepEqual(
            data.map(({ id }) => id),
            many,
        );
    });

    test("sort", async () => {
        const videos = await byBlender.order({ createAt: "desc" }).all();
        assert.deepEqual(titles(videos), server.NEWEST_FILMS);
    });

    test("page", async () => {
        const page = await byBlender.per(3).page(2).all();

        assert.deepEqual(titles(page), server.FILMS.slice(3, 6));
        assert.equal(page.meta.total, 8);
        const last = await byBlender.per(3).page(3).all();
        assert.deepEqual(titles(last), server.FILMS.slice(6));
    });

    // `with: "videos"` would send only the videos that are new, and unlink the others.
    test("relationship", async () => {
        const id = await server.addPlaylist("spraypaint-linked");
        const find = async () => (await Playlist.includes("videos").find(id)).data;
        const link = async (...ids) => {
            const playlist = await find();
            const added = ids.map(async (id) => (await Video.find(id)).data);
            playlist.videos = [...playlist.videos, ...(await Promise.all(added))];
            assert.equal(await playlist.save({ with: "videos.id" }), true);
        };
        const [splice, hull, bread] = server.LINKED;

        await link(splice, hull);
        await link(bread);

        const url = `playlist/${id}/relationships/videos`;
        assert.deepEqual(await server.linkedIds(url), server.LINKED);
        assert.deepEqual(
            (await find()).videos.map(({ id }) => id),
            server.LINKED,
        );
    });

    test("error", async () => {
        await assert.rejects(Video.find("nowhere"), { message: "record not found" });
        const video = new Video({ id: "spraypaint-refused", createAt: "soon" });
        const invalid = await refusal(video.save());
        assert.equal(invalid.status, "400");
        assert.equal(invalid.source.pointer, "/data/attributes/create_at");
        const unknown = await refusal(Video.order("titel").all());
        assert.equal(unknown.source.parameter, "sort");
        assert.equal(unknown.meta.did_you_mean, "title");
    });
});

// Returns the first error of a response that Spraypaint rejects.
async function refusal(request) {
    const { response } = await request.then(assert.fail, (error) => error);
    return (await response.json()).errors[0];
}
