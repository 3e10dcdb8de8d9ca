"""Folds CloudTrail files with Spark 4: spark-submit THIS.py TRAIL RESULT

TRAIL is a folder or an address such as s3a://BUCKET/AWSLogs, RESULT the folder for one CSV file with a header row, which
`polgen suggest --usage` reads. A file that cannot be read ends the job: what it holds would be missing.
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

SQL = @SQL@

ISSUER = "STRUCT<type: STRING, arn: STRING, accountId: STRING, userName: STRING>"
FEDERATION = "STRUCT<federatedProvider: STRING>"
SESSION = f"STRUCT<sessionIssuer: {ISSUER}, ec2RoleDelivery: STRING, webIdFederationData: {FEDERATION}>"
IDENTITY = (
    "STRUCT<type: STRING, principalId: STRING, arn: STRING, accountId: STRING, invokedBy: STRING, userName: STRING, "
    f"sessionContext: {SESSION}>"
)
TEXTS = (
    "eventID eventTime eventSource eventName awsRegion eventType eventCategory recipientAccountId sharedEventID errorCode errorMessage "
    "requestParameters responseElements additionalEventData sourceIPAddress userAgent vpcEndpointId"
).split()
RECORD = ", ".join([f"{name}: STRING" for name in TEXTS] + [
    f"userIdentity: {IDENTITY}",
    "resources: ARRAY<STRUCT<ARN: STRING, ARNPrefix: STRING, accountId: STRING, type: STRING>>",
    "tlsDetails: STRUCT<tlsVersion: STRING>",
])

if len(sys.argv) != 3:
    sys.exit(__doc__)
trail, result = sys.argv[1:]
spark = SparkSession.builder.appName("polgen").getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "UTC")
files = (
    spark.read.schema(f"Records ARRAY<STRUCT<{RECORD}>>")
    .option("mode", "FAILFAST").option("recursiveFileLookup", "true").option("pathGlobFilter", "*.json.gz")
    .json(trail)
    .select(F.col("_metadata.file_path").alias("$path"), "Records")
    .where(F.col("$path").contains("/CloudTrail/"))
)
records = files.select("$path", F.explode("Records").alias("r")).select("$path", "r.*")
place = F.col("$path")
records = (
    records.withColumn("account", F.regexp_extract(place, r"/(\d{12})/CloudTrail/", 1))
    .withColumn("region", F.regexp_extract(place, r"/CloudTrail/([^/]+)/", 1))
    .withColumn("day", F.regexp_extract(place, r"/(\d{4}/\d\d/\d\d)/[^/]+$", 1))
)
records.createOrReplaceTempView("cloudtrail_logs")
(
    spark.sql(SQL).coalesce(1).write.mode("errorifexists")
    .option("header", "true").option("quote", '"').option("escape", '"').option("emptyValue", "").option("nullValue", "")
    .option("ignoreLeadingWhiteSpace", "false").option("ignoreTrailingWhiteSpace", "false")
    .csv(result)
)
spark.stop()
