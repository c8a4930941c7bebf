CREATE TABLE "evidence_evidence_artifact" (
    "artifact_id" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "source_event_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "occurred_at" TEXT NOT NULL,
    "captured_at" TEXT NOT NULL,
    "collected_by" TEXT NOT NULL,
    PRIMARY KEY ("artifact_id")
);
CREATE UNIQUE INDEX "evidence_evidence_artifact_digest_unique" ON "evidence_evidence_artifact" ("digest");
CREATE INDEX "evidence_evidence_artifact_captured_at_order" ON "evidence_evidence_artifact" ("captured_at", "artifact_id");
CREATE INDEX "evidence_evidence_artifact_occurred_at_order" ON "evidence_evidence_artifact" ("occurred_at", "artifact_id");
CREATE INDEX "evidence_evidence_artifact_source_order" ON "evidence_evidence_artifact" ("source", "artifact_id");
