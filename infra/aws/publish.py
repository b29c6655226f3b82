"""Puts the site's files where the distribution reads them.

    python publish.py FOLDER BUCKET DISTRIBUTION

The page goes last, so that nobody gets one whose files are not there yet; then what is there no more is removed.
"""

import mimetypes
import pathlib
import sys
import time

import boto3

# Browsers compile WebAssembly while it loads only under its own type.
for extension, content_type in {".wasm": "application/wasm", ".woff2": "font/woff2", ".js": "text/javascript"}.items():
    mimetypes.add_type(content_type, extension)


def main():
    folder, bucket, distribution = sys.argv[1:]
    folder = pathlib.Path(folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    files.sort(key=lambda path: path.suffix == ".html")
    s3 = boto3.client("s3")
    kept = set()
    for path in files:
        key = path.relative_to(folder).as_posix()
        content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        # Kept, and asked for each time: a new site is seen at the next reload.
        how = {"ContentType": content_type, "CacheControl": "no-cache"}
        s3.upload_file(str(path), bucket, key, ExtraArgs=how)
        kept.add(key)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for there in page.get("Contents", []):
            if there["Key"] not in kept:
                s3.delete_object(Bucket=bucket, Key=there["Key"])
    boto3.client("cloudfront").create_invalidation(
        DistributionId=distribution,
        InvalidationBatch={"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": str(time.time_ns())},
    )


main()
