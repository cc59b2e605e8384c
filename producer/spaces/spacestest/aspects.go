package spacestest

// Aspects of buckets, as S3 says them.
const (
	owner      = `<Owner><ID>1234567</ID><DisplayName>1234567</DisplayName></Owner>`
	ownerGrant = `<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>1234567</ID><DisplayName>1234567</DisplayName></Grantee><Permission>FULL_CONTROL</Permission></Grant>`
	worldGrant = `<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant>`
	aclHead    = `<?xml version="1.0" encoding="UTF-8"?><AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` + owner + `<AccessControlList>`
	aclTail    = `</AccessControlList></AccessControlPolicy>`

	Private    = aclHead + ownerGrant + aclTail
	PublicRead = aclHead + ownerGrant + worldGrant + aclTail
	// PublicReadTurned says the same as PublicRead, in another order.
	PublicReadTurned = aclHead + worldGrant + ownerGrant + aclTail

	// PublicPolicy lets everybody read, PrivatePolicy one account.
	PublicPolicy  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::pictures/*"}]}`
	PrivatePolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam:::user/7654321"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::pictures/*"}]}`

	// Versioned is the versioning of a bucket that keeps versions.
	Versioned = `<Status>Enabled</Status>`
)
