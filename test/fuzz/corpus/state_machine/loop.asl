{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"x.$":"$.x","y.$":"$"},"Next":"B"},"B":{"Type":"Choice","Choices":[{"Variable":"$.x","IsNull":true,"Next":"C"}],"Default":"A"},"C":{"Type":"Succeed"}}}
%%{"x":1}
