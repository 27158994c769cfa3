"""What changed in moto's services, told once the call that changed it has succeeded.

`patches` names the places in moto's models through which every change of a kind passes, whatever client asked for it
(boto3, a presigned URL, a form). A change is noted there and told by `Feed.collecting` after moto has answered: a call
that fails tells nothing.

Kinds and their details:

- `s3:ObjectCreated:Put`, `:Post`, `:Copy`, `:CompleteMultipartUpload`, `s3:ObjectRemoved:Delete`,
  `:DeleteMarkerCreated`, `s3:ObjectTagging:*`, `s3:ObjectAcl:Put`, `s3:ObjectRestore:*`: `bucket`, `key`, `size`,
  `etag`, `version_id` (None where the bucket has no versions), `region`. `s3:TestEvent`: `bucket`, when notifications
  are configured.
- `sns:Publish`: `message_id`, `message`, `subject`, `attributes` (as the API writes them, binary values as bytes),
  `structure`, `group_id`, `deduplication_id` (of the content where a FIFO topic makes it), `is_fifo`.
- `events:PutEvents`: `id`, `source`, `detail_type`, `detail` (as JSON text), `resources`, `time`, `region`, `account`.
- `dynamodb:INSERT`, `:MODIFY`, `:REMOVE`, of a table with a stream: `table`, `keys`, `old_image`, `new_image` (DynamoDB
  JSON, None where there is none; both, whatever the stream shows), `sequence_number`, `view_type`, `stream` (ARN),
  `shard_id`, `approximate_creation_time`, `user_identity` (`type`, `principalId`; None but for expired items). A write
  that changes nothing tells nothing, as in DynamoDB.
- `kinesis:PutRecord`: `data` (base64), `partition_key`, `explicit_hash_key`, `sequence_number`, `shard_id`,
  `arrival_time`. `kinesis:SplitShard`, `kinesis:MergeShards`: `closed` and `opened`, ids of shards.
- `logs:PutLogEvents`: `log_group`, `log_stream`, `owner`, `events` (`id`, `timestamp`, `message`).

Times are seconds since the epoch, but for the milliseconds of log events.
"""

from __future__ import annotations

from pytest_serverless.backends.moto.feed import dynamodb, events, kinesis, logs, s3, sns
from pytest_serverless.backends.moto.feed.notes import Feed, Patch

__all__ = ["Feed", "Patch", "patches"]


def patches(feed: Feed) -> list[Patch]:
    """Return the replacements that note changes; each keeps what the original stores, and delivers nothing."""
    return [patch for service in (s3, sns, events, dynamodb, kinesis, logs) for patch in service.patches(feed)]
