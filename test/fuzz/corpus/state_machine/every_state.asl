{"StartAt":"P","TimeoutSeconds":900,"States":{
"P":{"Type":"Pass","Parameters":{"a.$":"$.n","c.$":"$$.State.Name","l.$":"$..n"},"ResultPath":"$.p","Next":"C"},
"C":{"Type":"Choice","Choices":[{"And":[{"Variable":"$.n","NumericLessThan":5},{"Not":{"Variable":"$.s","StringMatches":"a*b"}}],"Next":"W"},
{"Variable":"$.t","TimestampLessThanPath":"$.u","Next":"F"},{"Variable":"$.t","IsPresent":true,"Next":"T"}],"Default":"F"},
"W":{"Type":"Wait","SecondsPath":"$.n","Next":"T"},
"T":{"Type":"Task","Resource":"tocsin:query","TimeoutSeconds":9,"ResultSelector":{"x.$":"$.items[?(@.a == 1)]"},"Retry":[{"ErrorEquals":["E"],"MaxAttempts":2,"MaxDelaySeconds":3,"IntervalSeconds":2}],
"Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":"$.e","Next":"L"}],"Next":"L"},
"L":{"Type":"Parallel","Branches":[{"StartAt":"L1","States":{"L1":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","Parameters":{"t.$":"$$.Task.Token"},"End":true}}},
{"StartAt":"L2","States":{"L2":{"Type":"Wait","Timestamp":"1970-01-01T00:00:09.5Z","Next":"L3"},"L3":{"Type":"Succeed","OutputPath":"$.n"}}}],"Catch":[{"ErrorEquals":["E"],"Next":"F"}],"Next":"S"},
"F":{"Type":"Fail","ErrorPath":"$.s","Cause":"no"},"S":{"Type":"Succeed"}}}
%%{"n":1,"s":"axb","t":"2020-01-01T00:00:00Z","u":"2020-01-01T01:00:00+00:30","items":[{"a":1}]}
