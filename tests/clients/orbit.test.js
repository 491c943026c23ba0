import assert from "node:assert/strict";
import { describe, test } from "node:test";

import orbit from "@orbit/jsonapi";
import records from "@orbit/records";

import * as server from "./server.js";

const { JSONAPISerializers, JSONAPISource } = orbit;
const text = { type: "string" };
const one = (type) => ({ kind: "hasOne", type });
const many = (type) => ({ kind: "hasMany", type });
const schema = new records.RecordSchema({
    models: {
        user: { attributes: { name: text } },
        video: {
            attributes: { title: text, create_at: text },
            relationships: { author: one("user") },
        },
        playlist: {
            attributes: { title: text },
            relationships: { owner: one("user"), videos: many("video") },
        },
    },
});

// Without this, the paths are /api/videos and /api/user/ada/owned-videos.
const namesAsTheyAre = { serializationOptions: { inflectors: [] } };
const PATHS = [
    JSONAPISerializers.ResourceTypePath,
    JSONAPISerializers.ResourceFieldPath,
];

// A request that fails stops the queue of its source, so each flow has its own.
const connect = () =>
    new JSONAPISource({
        schema,
        host: server.ORIGIN,
        namespace: "api",
        defaultFetchSettings: { headers: server.HEADERS, timeout: 30000 },
        serializerSettingsFor: (type) => (PATHS.includes(type) ? namesAsTheyAre : {}),
    });

const ada = { type: "user", id: "demo-user-ada" };
const blender = { type: "user", id: "demo-user-blender" };
const video = (id) => ({ type: "video", id });
const playlist = (id) => ({ type: "playlist", id });
const titles = (videos) => videos.map(({ attributes }) => attributes.title);
const films = (query) =>
    query.findRecords("video").filter({ relation: "author", record: blender });

describe("@orbit/jsonapi", () => {
    test("create", async () => {
        const created = await connect().update((transform) =>
            transform.addRecord({
                ...video("orbit-created"),
                attributes: { title: "Seven knots" },
                relationships: { author: { data: ada } },
            }),
        );

        assert.equal(created.attributes.title, "Seven knots");
        const { attributes, relationships } =
            await server.stored("video/orbit-created");
        assert.equal(attributes.title, "Seven knots");
        assert.deepEqual(relationships.author.data, ada);
    });

    test("read", async () => {
        const read = await connect().query((query) =>
            query.findRecord(video("demo-video-splice")),
        );

        assert.equal(read.id, "demo-video-splice");
        assert.equal(read.attributes.title, "How to splice a rope");
        assert.deepEqual(read.relationships.author.data, ada);
    });

    test("update", async () => {
        const id = await server.addVideo("orbit-updated");

        await connect().update((transform) =>
            transform.replaceAttribute(video(id), "title", "Eight knots"),
        );

        const { attributes, relationships } = await server.stored(`video/${id}`);
        assert.equal(attributes.title, "Eight knots");
        assert.deepEqual(relationships.author.data, ada);
    });

    test("delete", async () => {
        const id = await server.addVideo("orbit-deleted");

        await connect().update((transform) => transform.removeRecord(video(id)));

        assert.equal((await server.send("GET", `video/${id}`)).status, 404);
    });

    test("include", async () => {
        const { data, details } = await connect().query(
            (query) => query.findRecord(playlist("demo-playlist-on-board")),
            { include: ["owner", "videos.author"], fullResponse: true },
        );

        const [{ document }] = details;
        const included = new Map(
            document.included.map((record) => [record.id, record]),
        );
        const { owner, videos } = data.relationships;
        assert.equal(included.get(owner.data.id).attributes.name, "Ada");
        const linked = videos.data.map(({ id }) => included.get(id));
        assert.deepEqual(titles(linked), server.ON_BOARD);
        const authors = linked.map(
            ({ relationships }) => relationships.author.data?.id,
        );
        const names = authors.map((id) => included.get(id)?.attributes.name);
        assert.deepEqual(names, server.AUTHORS_ON_BOARD);
    });

    test("filter", async () => {
        const source = connect();
        const spring = await source.query((query) =>
            query.findRecords("video").filter({ attribute: "title", value: "Spring" }),
        );
        assert.deepEqual(titles(spring), ["Spring"]);
        assert.deepEqual(titles(await source.query(films)), server.FILMS);

        const filter = { id: "demo-video-spring,demo-video-hull" };
        const two = await source.query((query) => query.findRecords("video"), {
            filter,
        });
        assert.deepEqual(titles(two), ["Painting a hull in twelve days", "Spring"]);
    });

    test("sort", async () => {
        const videos = await connect().query((query) =>
            films(query).sort("-create_at"),
        );
        assert.deepEqual(titles(videos), server.NEWEST_FILMS);
    });

    test("page", async () => {
        const source = connect();
        const options = { page: { size: 3, number: 2 }, fullResponse: true };
        const { data, details } = await source.query(films, options);

        assert.deepEqual(titles(data), server.FILMS.slice(3, 6));
        assert.equal(details[0].document.meta.total, 8);
        const last = await source.query(films, { page: { size: 3, number: 3 } });
        assert.deepEqual(titles(last), server.FILMS.slice(6));
    });

    test("relationship", async () => {
        const source = connect();
        const record = playlist(await server.addPlaylist("orbit-linked"));
        const [splice, hull, bread] = server.LINKED.map(video);

        await source.update((transform) =>
            transform.replaceRelatedRecords(record, "videos", [splice, hull]),
        );
        await source.update((transform) =>
            transform.addToRelatedRecords(record, "videos", bread),
        );

        const url = `playlist/${record.id}/relationships/videos`;
        assert.deepEqual(await server.linkedIds(url), server.LINKED);
        const related = await source.query((query) =>
            query.findRelatedRecords(record, "videos"),
        );
        assert.deepEqual(
            related.map(({ id }) => id),
            server.LINKED,
        );
        await source.update((transform) =>
            transform.replaceRelatedRecord(record, "owner", null),
        );
        assert.equal(await server.stored(`playlist/${record.id}/owner`), null);
    });

    test("error", async () => {
        const nowhere = (query) => query.findRecord(video("nowhere"));
        assert.equal(await connect().query(nowhere), undefined);
        await assert.rejects(
            connect().query(nowhere, { raiseNotFoundExceptions: true }),
            {
                message: "Record not found: video:nowhere",
            },
        );

        const draft = { ...video("orbit-refused"), attributes: { create_at: "soon" } };
        const invalid = await refusal(connect().update((t) => t.addRecord(draft)));
        assert.equal(invalid.status, "400");
        assert.equal(invalid.source.pointer, "/data/attributes/create_at");

        const onBoard = playlist("demo-playlist-on-board");
        const sintel = video("demo-video-sintel");
        const removal = (t) => t.removeFromRelatedRecords(onBoard, "videos", sintel);
        assert.equal((await refusal(connect().update(removal))).status, "403");

        const source = connect();
        const page = (query) => films(query).page({ offset: 0, limit: 5 });
        const unknown = await refusal(source.query(page));
        assert.equal(unknown.status, "400");
        assert.equal(unknown.source.parameter, "page[offset]");
        await source.requestQueue.skip();
        assert.deepEqual(titles(await source.query(films)), server.FILMS);
    });
});

// Returns the first error of a response that Orbit rejects.
async function refusal(request) {
    return (await request.then(assert.fail, (error) => error)).data.errors[0];
}
