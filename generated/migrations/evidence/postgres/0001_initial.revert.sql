DROP TABLE "evidence_evidence_artifact";
