-- CreateTable
CREATE TABLE "revisions" (
    "name" TEXT NOT NULL,
    "number" INTEGER NOT NULL,

    CONSTRAINT "revisions_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "leases" (
    "name" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "until" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "leases_pkey" PRIMARY KEY ("name")
);
